-- Names that differ only in spaces at their end are two names. utf8mb4_bin fills the shorter one up with spaces before it
-- compares; the collation that does not has another name on MySQL (8.0.17 and newer) than on MariaDB, and each of them
-- takes that of the other for a comment.

-- +goose Up
-- rows begin
alter table ${prefix}periodic_task modify name varchar(255) character set utf8mb4
    collate /*!80017 utf8mb4_0900_bin */ /*M!100201 utf8mb4_nopad_bin */ not null;
-- rows end

-- +goose Down
-- rows begin
alter table ${prefix}periodic_task modify name varchar(255) character set utf8mb4 collate utf8mb4_bin not null;
-- rows end

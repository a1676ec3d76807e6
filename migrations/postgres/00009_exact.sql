-- Nothing to do here: names are compared byte by byte, and no row goes without a trigger. The number keeps step with the
-- other dialects.

-- +goose Up

-- +goose Down

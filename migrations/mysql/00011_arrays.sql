-- Nothing to do here: runs are kept as text. The number keeps step with the other dialects.

-- +goose Up

-- +goose Down

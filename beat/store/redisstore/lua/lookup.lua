-- ARGV: id.
return row(ARGV[1]) or 'unknown'

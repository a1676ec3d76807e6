-- Answers the RedBeat that holds the lock, and for how many microseconds; an empty name when none does.
local by, us = outsider()
return {by or '', text(us or 0)}

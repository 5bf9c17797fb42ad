-- Whether an outcome is a dead letter.
local function is_dead(outcome)
  return string.sub(outcome, 1, 14) == '{"dead_letter"'
end

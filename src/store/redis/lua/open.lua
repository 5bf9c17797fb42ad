-- Whether an outcome may still be replaced: a dead letter may, and what waits for its sale.
local function is_open(outcome)
  return outcome == '"waiting"' or string.sub(outcome, 1, 14) == '{"dead_letter"'
end

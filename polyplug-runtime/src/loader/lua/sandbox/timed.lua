-- Stand-ins for functions of C that may run for longer than the size of their
-- arguments tells, in Lua, where the hook of the time limit sees them.
-- Takes the globals, returns `table.insert` and `table.sort`.
local globals = ...
local append, error, rawget, rawset = globals.table.insert, globals.error, globals.rawget, globals.rawset
local select, type = globals.select, globals.type

local function insert(list, at, ...)
  if type(list) ~= "table" or select("#", ...) == 0 then
    return append(list, at)
  end
  local length = #list
  if type(at) ~= "number" or at < 1 or at > length + 1 then
    error("bad argument #2 to 'insert' (position out of bounds)", 2)
  end
  for index = length, at, -1 do
    rawset(list, index + 1, rawget(list, index))
  end
  rawset(list, at, (...))
end

-- Lets the value at `root` sink to its place in the heap of `list[1..size]`.
local function sink(list, root, size, less)
  local value = rawget(list, root)
  while true do
    local child = 2 * root
    if child > size then
      break
    end
    local larger = rawget(list, child)
    if child < size and less(larger, rawget(list, child + 1)) then
      child = child + 1
      larger = rawget(list, child)
    end
    if not less(value, larger) then
      break
    end
    rawset(list, root, larger)
    root = child
  end
  rawset(list, root, value)
end

local function natural(left, right)
  return left < right
end

-- A heap sort: it never takes more than n log n steps, whatever `less` says.
local function sort(list, less)
  if type(list) ~= "table" then
    error("bad argument #1 to 'sort' (table expected, got " .. type(list) .. ")", 2)
  end
  if less == nil then
    less = natural
  elseif type(less) ~= "function" then
    error("bad argument #2 to 'sort' (function expected, got " .. type(less) .. ")", 2)
  end
  local size = #list
  for root = (size - size % 2) / 2, 1, -1 do
    sink(list, root, size, less)
  end
  for last = size, 2, -1 do
    local first = rawget(list, 1)
    rawset(list, 1, rawget(list, last))
    rawset(list, last, first)
    sink(list, 1, last - 1, less)
  end
end

return insert, sort

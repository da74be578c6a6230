-- Reads what web servers write: the common log format.
local polyplug = require "polyplug"

local LINE = '^(%S+) %S+ %S+ %[([^%]]+)%] "([^"]*)" (%d%d%d) (%S+)'
local TIME = "^(%d%d)/(%a%a%a)/(%d%d%d%d):(%d%d:%d%d:%d%d) ([+-]%d%d)(%d%d)$"
local MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec"

-- `20/Nov/2026:10:00:00 +0000` as `2026-11-20T10:00:00Z`.
local function iso(time)
  local day, month, year, clock, hours, minutes = time:match(TIME)
  local at = month and MONTHS:find(month, 1, true)
  if not at then return time end
  local zone = hours .. ":" .. minutes
  if zone == "+00:00" then zone = "Z" end
  return ("%s-%02d-%sT%s%s"):format(year, (at + 2) / 3, day, clock, zone)
end

local AccessLog = {}

function AccessLog:parse(line)
  local client, time, request, status, size = line:match(LINE)
  if not client then return nil, "not in the common log format" end
  local level = "info"
  if status >= "500" then
    level = "error"
  elseif status >= "400" then
    level = "warn"
  end
  local message = ("%s from %s: %s, %s bytes"):format(request, client, status, size)
  return { iso(time), level, "http", message }
end

return polyplug.bundle { ["logs.parser@1"] = AccessLog }

-- Lines without the date.
local polyplug = require "polyplug"

local Short = {}

function Short:format(time, level, source, message)
  local clock = time:match "T(%d%d:%d%d:%d%d)" or time
  return ("%s %-5s %s: %s"):format(clock, level, source, message)
end

return polyplug.bundle { ["logs.formatter@1"] = Short }

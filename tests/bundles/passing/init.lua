local polyplug = require "polyplug"

-- Gets and gives proxies, as the fixture in Rust does.
local Passing = {}

function Passing.new() return { words = {} } end

function Passing:ask(word)
  local ok, said = pcall(word.word, word)
  if ok then return said end
  return nil, tostring(said)
end

function Passing:echo(word) return word end

function Passing:echo_all(words)
  local back = {}
  for i = 1, words.n do back[i] = words[i] and { ok = words[i] } or { err = "nothing" } end
  return back
end

function Passing:step(steps)
  local count = steps:step()
  return { steps, count }
end

function Passing:make(text) error("no word for " .. text) end

function Passing:made() return 0 end

function Passing:keep(word) table.insert(self.words, word) end

function Passing:kept()
  local said = {}
  for i, word in ipairs(self.words) do
    local text, error = self:ask(word)
    said[i] = text and { ok = text } or { err = error }
  end
  return said
end

function Passing:hand_on(other)
  for _, word in ipairs(self.words) do other:keep(word) end
  self.words = {}
end

local Word = {}

function Word:word() return "lua" end

return polyplug.bundle { ["test.passing@1"] = Passing, ["test.word@1"] = Word }

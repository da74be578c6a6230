//! Walks everything that a script can reach, and compares it with a list.

use super::vm::Vm;

/// What a script can reach, and by which path it finds it first.
const REACHABLE: &str = include_str!("reachable.txt");

/// Visits globals, fields, metatables, and what values of each type lead to.
const WALK: &str = r##"
local seen, found = {}, {}
local function visit(path, value)
  local kind = type(value)
  if kind == "string" or kind == "number" or kind == "boolean" or kind == "nil" then
    found[#found + 1] = path .. ": " .. kind
    return
  end
  if seen[value] then
    if seen[value] ~= path then found[#found + 1] = path .. " = " .. seen[value] end
    return
  end
  seen[value] = path
  found[#found + 1] = path .. ": " .. kind
  local meta = getmetatable(value)
  if meta ~= nil then visit(path .. "<metatable>", meta) end
  if kind == "table" then
    local keys = {}
    for key in next, value do keys[#keys + 1] = key end
    table.sort(keys, function(a, b) return tostring(a) < tostring(b) end)
    for _, key in ipairs(keys) do
      visit(path .. "." .. tostring(key), rawget(value, key))
    end
  end
end
visit("_G", _G)
local samples = {
  ["nil"] = false, boolean = true, number = 1, string = "", int64 = 1LL, uint64 = 1ULL,
  complex = 1i, lua = function() end, c = print, builtin = pcall,
  thread = coroutine.create(print), wrap = coroutine.wrap(print), gmatch = (""):gmatch(""),
}
for name, sample in pairs(samples) do
  local meta = getmetatable(sample)
  found[#found + 1] = "metatable of " .. name .. ": " .. tostring(meta)
  if name == "int64" or name == "uint64" or name == "complex" then
    for _, key in pairs { "__index", "x", "new", "metatype", 0, "sizeof", "re" } do
      local ok, value = pcall(function() return sample[key] end)
      if ok then visit(name .. "." .. key, value) end
    end
  end
end
for name, method in pairs(string) do
  if (""):lower()[name] ~= method then found[#found + 1] = "method of strings: " .. name end
end
for name, library in pairs(_G) do
  local functions = type(library) == "table" and library or { library }
  for field, called in pairs(functions) do
    if type(called) == "function" and called ~= coroutine.yield then
      for _, bad in ipairs { {}, "", print, false } do
        local _, value = pcall(called, bad)
        local kind = type(value)
        if kind == "userdata" or kind == "cdata" then
          found[#found + 1] = "a result of " .. name .. "." .. field .. ": " .. kind
        end
      end
    end
  end
end
visit("polyplug", require "polyplug")
table.sort(found)
return table.concat(found, "\n")
"##;

#[test]
fn a_script_reaches_what_is_listed_and_nothing_else() {
    for vm in [Vm::free(), Vm::patient(), Vm::small()] {
        let found = vm.value(WALK);
        let (found, listed) = (found.trim(), REACHABLE.trim());
        assert_eq!(found, listed, "a script reaches:\n{found}");
    }
}

#[test]
fn nothing_of_the_libraries_is_left_behind() {
    let vm = Vm::free();
    vm.value("return 1LL");
    let loaded = vm.lua.named_registry_value::<mlua::Table>("_LOADED").unwrap();
    assert!(loaded.is_empty());
}

#[test]
fn functions_have_no_environment_but_the_globals() {
    let vm = Vm::free();
    let globals = vm.lua.globals();
    for pair in globals.pairs::<String, mlua::Value>() {
        let (name, value) = pair.unwrap();
        let mlua::Value::Function(function) = value else { continue };
        let environment = function.environment();
        assert!(environment.is_none_or(|table| table == globals), "{name}");
    }
}

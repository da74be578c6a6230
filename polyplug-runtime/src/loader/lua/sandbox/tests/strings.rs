//! The functions that look at the clock do what LuaJIT's do.

use super::vm::Vm;

/// Numbers that are the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % bound as u64) as usize
    }

    fn pick<'a>(&mut self, parts: &[&'a str]) -> &'a str {
        parts[self.below(parts.len())]
    }
}

const PARTS: &[&str] = &[
    "a", "b", "c", ".", "%a", "%d", "%s", "%W", "%p", "%x", "[ab]", "[^a]", "[a-c1-3]", "[%w_]",
    "[]a]", "[^]]", "[a-]", "(", ")", "()", "*", "+", "-", "?", "^", "$", "%1", "%2", "%b()",
    "%bab", "%f[%w]", "%f[^a]", "%%", "%.", "%", "[", "%z", "%g", "1", "_", " ",
];

const SUBJECT: &[&str] =
    &["a", "b", "c", "aa", "ab", "1", "2", " ", "(", ")", "_", "-", "]", "%", "."];

/// All functions on one subject and pattern; errors are compared without their place.
const SCRIPT: &str = r##"
local function text(ok, ...)
  if not ok then return "error: " .. tostring((...)):gsub("^.-%d+: ", "") end
  local out = {}
  for i = 1, select("#", ...) do out[i] = tostring((select(i, ...))) end
  return table.concat(out, "|")
end
local function all(s, p, init)
  local out = {
    text(pcall(string.find, s, p, init)), text(pcall(string.match, s, p, init)),
    text(pcall(string.find, s, p, init, true)),
    text(pcall(string.gsub, s, p, "<%0%1>")), text(pcall(string.gsub, s, p, "x", 2)),
    text(pcall(string.gsub, s, p, { a = "A", b = false, [1] = "one" })),
    text(pcall(string.gsub, s, p, function(x, y) return x ~= "a" and (y or "f") or nil end)),
    text(pcall(function()
      local out = {}
      for x, y in string.gmatch(s, p) do out[#out + 1] = tostring(x) .. tostring(y) end
      return table.concat(out, ",")
    end)),
  }
  return table.concat(out, "\n")
end
"##;

#[test]
fn patterns_match_as_luajit_matches_them() {
    let (ours, theirs) = (Vm::patient(), Vm::free());
    let mut numbers = Numbers(0x9E37_79B9_7F4A_7C15);
    for _ in 0..6_000 {
        let mut text = |parts: &[&'static str], most: usize| -> String {
            let length = numbers.below(most);
            (0..length).map(|_| numbers.pick(parts)).collect()
        };
        let (subject, pattern) = (text(SUBJECT, 9), text(PARTS, 7));
        let init = numbers.below(8) as i64 - 3;
        let script = format!("{SCRIPT} return all([==[{subject}]==], [==[{pattern}]==], {init})");
        assert_eq!(ours.value(&script), theirs.value(&script), "{subject:?} {pattern:?} {init}");
    }
}

#[test]
fn sort_and_insert_do_what_luajits_do() {
    let (ours, theirs) = (Vm::patient(), Vm::free());
    let mut numbers = Numbers(42);
    for _ in 0..300 {
        let length = numbers.below(40);
        let list: Vec<_> = (0..length).map(|_| numbers.below(30).to_string()).collect();
        let list = list.join(",");
        let at = numbers.below(length + 1) + 1;
        let script = format!(
            "local t = {{{list}}} table.insert(t, {at}, 99) table.insert(t, 'z')
             local s = table.concat(t, ' ') t[#t] = nil table.sort(t)
             s = s .. table.concat(t, ' ') table.sort(t, function(a, b) return a > b end)
             return s .. table.concat(t, ' ')"
        );
        assert_eq!(ours.value(&script), theirs.value(&script), "{list}");
    }
}

#[test]
fn strings_with_zeros_are_matched() {
    let vm = Vm::patient();
    assert_eq!(vm.value("return ('a\\0b'):find('\\0b', 1, true)"), "2");
    assert_eq!(vm.value("return ('a\\0b'):find('%z')"), "2");
    assert_eq!(vm.value("return (('a\\0b'):gsub('%z', 'x'))"), "axb");
}

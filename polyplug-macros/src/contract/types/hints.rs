//! What to use instead of well-known types that cannot cross.

use crate::messages::types as messages;

/// What to say about the type `name`, which may be any name.
pub(super) fn for_name(name: &str) -> Option<String> {
    let fixed = match name {
        "Instant" | "SystemTime" => messages::TIME,
        "HashMap" | "BTreeMap" | "IndexMap" => messages::MAP,
        "HashSet" | "BTreeSet" | "IndexSet" => messages::SET,
        "VecDeque" | "LinkedList" | "BinaryHeap" => messages::SEQUENCE,
        "Cow" => messages::COW,
        name if name.starts_with("NonZero") => messages::NON_ZERO,
        "Box" | "Rc" | "Arc" => return Some(messages::pointer(name)),
        "Cell" | "RefCell" | "Mutex" | "RwLock" => return Some(messages::shared_state(name)),
        "Path" | "PathBuf" | "OsStr" | "OsString" | "CStr" | "CString" => {
            return Some(messages::use_string(name));
        }
        "u128" | "i128" => return Some(messages::wide_integer(name)),
        _ => return None,
    };
    Some(fixed.to_owned())
}

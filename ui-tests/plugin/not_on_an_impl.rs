use polyplug_guest::plugin;

#[plugin]
pub struct Upper;

fn main() {}

use polyplug_guest::bundle;

bundle!();

fn main() {}

use polyplug_guest::bundle;

pub struct Upper;

bundle!(Upper);

fn main() {}

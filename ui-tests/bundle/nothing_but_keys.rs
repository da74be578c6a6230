use polyplug_guest::bundle;

bundle!(name = "lower");

fn main() {}

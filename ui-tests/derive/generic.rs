use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Pair<T> {
    first: T,
    second: T,
}

fn main() {}

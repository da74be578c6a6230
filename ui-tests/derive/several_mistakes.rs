use polyplug_guest::Abi;

#[derive(Abi)]
pub enum Shape<T> {
    Named(&'static str),
    Tree { tag: Box<T>, children: Vec<Self> },
}

fn main() {}

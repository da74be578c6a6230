use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Query<'a> {
    texts: Vec<&'a str>,
}

fn main() {}

use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Query<'a: 'static> {
    text: &'a str,
}

fn main() {}

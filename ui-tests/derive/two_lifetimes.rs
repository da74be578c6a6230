use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Query<'a, 'b> {
    text: &'a str,
    ids: &'b [u32],
}

fn main() {}

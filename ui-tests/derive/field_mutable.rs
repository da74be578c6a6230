use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Query<'a> {
    ids: &'a mut [u32],
}

fn main() {}

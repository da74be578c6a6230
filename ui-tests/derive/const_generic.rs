use polyplug_guest::Abi;

#[derive(Abi)]
pub struct Row<const N: usize> {
    numbers: [u8; N],
}

fn main() {}

use polyplug_guest::Abi;

pub struct Part<'a>(&'a str);

#[derive(Abi)]
pub struct Query<'a> {
    part: Part<'a>,
}

fn main() {}

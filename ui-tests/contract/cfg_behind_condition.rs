use polyplug_guest::contract;

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform {
    #[cfg_attr(unix, cfg(unix))]
    fn transform(&self, input: &str) -> String;
}

fn main() {}

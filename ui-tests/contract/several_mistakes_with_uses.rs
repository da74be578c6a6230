use polyplug_guest::{Contract, bundle, contract, plugin};

#[contract(name = "text.transform", version = "1.0")]
pub trait Transform: Clone {
    fn transform(&self, input: &str) -> String;

    fn count(&mut self, words: Vec<String>) -> Result<u32, String>;

    fn make() -> u32
    where
        Self: Sized;

    async fn wait(&self);
}

#[derive(Clone, Default)]
pub struct Upper;

#[plugin]
impl Transform for Upper {
    fn transform(&self, input: &str) -> String {
        input.to_uppercase()
    }

    fn count(&mut self, words: Vec<String>) -> Result<u32, String> {
        u32::try_from(words.len()).map_err(|error| error.to_string())
    }

    fn make() -> u32 {
        1
    }

    async fn wait(&self) {}
}

bundle!(Upper);

pub fn shout(proxy: &mut TransformProxy) -> Option<String> {
    let text = proxy.transform(<dyn Transform as Contract>::NAME).ok()?;
    let count = proxy.count(vec![text.clone()]).ok()?;
    proxy.renew().ok()?;
    Some(format!("{text} {count} {}", proxy.bundle_name()))
}

fn main() {}

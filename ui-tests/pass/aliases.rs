//! Aliases, and other names of which the macro knows nothing.

use polyplug_guest::{PluginError, bundle, contract, plugin};

/// An owned type.
pub type Text = String;
/// A number.
pub type Sample = f32;
/// A type with a parameter.
pub type List<T> = Vec<T>;
/// A result, which the macro does not see as one.
pub type Outcome = Result<u32, String>;

/// Uses them.
#[contract(name = "aliases", version = "1.0")]
pub trait Aliases {
    /// As arguments and results.
    fn text(&self, text: Text, texts: Vec<Text>) -> Text;

    /// As elements of slices.
    fn samples(&mut self, input: &[Sample], output: &mut [Sample]) -> List<Sample>;

    /// In the sides of a result.
    fn sides(&self, texts: List<Text>) -> Result<List<Text>, Text>;

    /// A hidden result stays in the `Ok` of the proxy's method.
    fn outcome(&self, outcome: Outcome) -> Outcome;

    /// A path that goes through a trait.
    fn projected(&self, item: <Vec<u8> as IntoIterator>::Item) -> u8;
}

/// The plugin.
#[derive(Default)]
pub struct Plain;

#[plugin]
impl Aliases for Plain {
    fn text(&self, text: Text, texts: Vec<Text>) -> Text {
        texts.concat() + &text
    }

    fn samples(&mut self, input: &[Sample], output: &mut [Sample]) -> List<Sample> {
        output.copy_from_slice(input);
        input.to_vec()
    }

    fn sides(&self, texts: List<Text>) -> Result<List<Text>, Text> {
        Ok(texts)
    }

    fn outcome(&self, outcome: Outcome) -> Outcome {
        outcome
    }

    fn projected(&self, item: u8) -> u8 {
        item
    }
}

bundle!(Plain, name = "aliases");

/// The proxy's methods have the types that were written.
pub fn call(proxy: &mut AliasesProxy) -> Result<Text, PluginError> {
    let mut output = [0.0; 2];
    let _samples: Vec<f32> = proxy.samples(&[1.0, 2.0], &mut output)?;
    let _list: Vec<String> = proxy.sides(Vec::new())?;
    let outcome: Outcome = proxy.outcome(Ok(1))?;
    let _number = outcome.map_err(PluginError::msg)? + u32::from(proxy.projected(7)?);
    Ok(proxy.text(String::new(), Vec::new())?)
}

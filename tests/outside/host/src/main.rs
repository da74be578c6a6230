use polyplug_runtime::{NativeLoader, Runtime};
use text_contract::Transform;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let runtime = Runtime::builder()
        .contract::<dyn Transform>()
        // SAFETY: ./plugins holds only bundles that we build and ship.
        .loader(unsafe { NativeLoader::new() })
        .build()?;
    runtime.load("plugins/upper")?;

    for transform in runtime.get_all::<dyn Transform>()? {
        println!("{}: {}", transform.bundle_name(), transform.transform("hello")?);
    }
    Ok(())
}

use std::sync::atomic::{AtomicU64, Ordering};

use app_contract::{Log, LogProxy, Twice};
use polyplug_guest::{Context, HostHandle, PluginError, bundle, plugin};
use text_contract::{Transform, TransformProxy};

#[derive(serde::Deserialize)]
struct Settings {
    between: String,
}

pub struct Doubled {
    settings: Settings,
    count: AtomicU64,
    log: LogProxy,
    transform: TransformProxy,
    host: HostHandle,
}

impl Doubled {
    fn create(cx: &Context<'_>) -> Result<Self, PluginError> {
        let settings = match cx.config().text()? {
            "" => Settings { between: " ".to_owned() },
            _ if cx.config().bytes().contains(&b'=') => cx.config().parse::<Settings>()?,
            _ => return Err(PluginError::msg("the config must be TOML").with_kind(7)),
        };
        cx.log().info(format_args!("{} from {}", cx.bundle_name(), cx.path().display()));
        let log = cx.service::<dyn Log>()?;
        log.write("created")?;
        let transform = cx.get::<dyn Transform>()?;
        Ok(Self { settings, count: AtomicU64::new(0), log, transform, host: cx.handle() })
    }

    fn save(&self) -> Result<Vec<u8>, PluginError> {
        Ok(self.count.load(Ordering::Relaxed).to_le_bytes().to_vec())
    }

    fn restore(cx: &Context<'_>, state: &[u8]) -> Result<Self, PluginError> {
        let count = u64::from_le_bytes(state.try_into()?);
        Ok(Self { count: AtomicU64::new(count), ..Self::create(cx)? })
    }

    fn on_unload(&mut self) -> Result<(), PluginError> {
        self.log.write("goes")?;
        Ok(())
    }
}

#[plugin(
    create = Doubled::create,
    save = Doubled::save,
    restore = Doubled::restore,
    on_unload = Doubled::on_unload
)]
impl Twice for Doubled {
    fn twice(&self, input: &str) -> Result<String, PluginError> {
        self.count.fetch_add(1, Ordering::Relaxed);
        // What was there at creation is there afterwards.
        let later = self.host.get::<dyn Transform>()?.transform(input)?;
        self.host.service::<dyn Log>()?.write("called")?;
        Ok(self.transform.transform(input)? + &self.settings.between + &later)
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::Relaxed)
    }
}

bundle!(Doubled, depends = ["text.transform@1"]);

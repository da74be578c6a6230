//! Contracts in the signatures of contracts: proxies, and what is lent.

use polyplug_guest::{contract, plugin};

/// Holds something.
#[contract(name = "pass.store", version = "1.1")]
pub trait Store {
    /// What is there.
    fn read(&self, key: &str) -> Result<Vec<u8>, String>;

    /// Puts something there.
    fn write(&mut self, key: &str, value: &[u8]);

    /// Puts two things there, of which `mut` is a detail of the body.
    #[since("1.1")]
    fn write_both(&mut self, mut key: String, value: &[u8]) {
        self.write(&key, value);
        key.push('2');
        self.write(&key, value);
    }

    /// Lends itself.
    #[since("1.1")]
    fn merge(&mut self, other: &dyn Store) -> u32;
}

/// One that any thread may use.
#[contract(name = "pass.log", version = "1.0")]
pub trait Log: Send + Sync + 'static {
    /// Writes a line.
    fn line(&self, text: &str);
}

/// What the others are for.
#[contract(name = "pass.work", version = "1.0")]
pub trait Work {
    /// Lent in all forms.
    fn work<'a>(
        &self,
        from: &'a dyn Store,
        to: &'a mut (dyn Store + 'a),
        log: &dyn Log,
        name: &str,
    ) -> Result<String, String>;

    /// Owned in all forms.
    fn pass(&self, log: LogProxy, stores: Vec<Option<StoreProxy>>) -> Result<LogProxy, StoreProxy>;

    /// Itself.
    fn next(&mut self, work: WorkProxy) -> Option<WorkProxy>;
}

/// Does it.
#[derive(Default)]
pub struct Worker;

#[plugin]
impl Work for Worker {
    fn work<'a>(
        &self,
        from: &'a dyn Store,
        to: &'a mut (dyn Store + 'a),
        log: &dyn Log,
        name: &str,
    ) -> Result<String, String> {
        log.line(name);
        to.write(name, &from.read(name)?);
        Ok(to.merge(from).to_string())
    }

    fn pass(&self, log: LogProxy, stores: Vec<Option<StoreProxy>>) -> Result<LogProxy, StoreProxy> {
        stores.into_iter().flatten().next().map_or(Ok(log), Err)
    }

    fn next(&mut self, work: WorkProxy) -> Option<WorkProxy> {
        Some(work)
    }
}

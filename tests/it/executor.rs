//! Proxies that an asynchronous executor moves between its threads, while their bundle
//! is reloaded.

use std::collections::HashSet;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, ThreadId};

use fixture_life_contract::{Label, LabelProxy};
use polyplug_runtime::{Runtime, Unloaded};

use crate::place::Place;

const THREADS: usize = 3;
const TASKS: usize = 6;
const AWAITS: usize = 400;

type Job = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs wherever it was not run last.
struct Task {
    job: Mutex<Option<Job>>,
    wakes: AtomicUsize,
    workers: Vec<Sender<Arc<Task>>>,
}

impl Task {
    fn poll(self: &Arc<Self>) {
        let waker = Waker::from(Arc::clone(self));
        let mut slot = self.job.lock().unwrap();
        if let Some(mut job) = slot.take() {
            match job.as_mut().poll(&mut Context::from_waker(&waker)) {
                Poll::Pending => *slot = Some(job),
                // All that it owned goes here, on the thread where it came to its end.
                Poll::Ready(()) => drop(job),
            }
        }
    }
}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        let at = self.wakes.fetch_add(1, Ordering::Relaxed);
        let worker = self.workers[at % THREADS].clone();
        worker.send(self).unwrap();
    }
}

/// Runs all to their end.
fn run(jobs: Vec<Job>) {
    let (workers, queues): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel::<Arc<Task>>()).unzip();
    for (number, job) in jobs.into_iter().enumerate() {
        let task = Task {
            job: Mutex::new(Some(job)),
            wakes: AtomicUsize::new(number),
            workers: workers.clone(),
        };
        Arc::new(task).wake();
    }
    // A worker ends when no task is left that could be sent to it.
    drop(workers);
    thread::scope(|scope| {
        for queue in queues {
            scope.spawn(move || queue.iter().for_each(|task| task.poll()));
        }
    });
}

/// Goes on at the next poll.
async fn on_another_thread() {
    let mut polled = false;
    poll_fn(|cx| {
        if std::mem::replace(&mut polled, true) {
            return Poll::Ready(());
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// Calls, clones, makes and drops proxies, each step on another thread than the last.
async fn use_from_everywhere(runtime: Runtime, label: LabelProxy, config: String) {
    let (mut threads, mut other): (HashSet<ThreadId>, _) = (HashSet::new(), label.clone());
    for round in 0..AWAITS {
        threads.insert(thread::current().id());
        let generation = label.generation().unwrap();
        assert!([1, 2].contains(&generation), "{generation}");
        assert_eq!(other.label().unwrap(), "moved");
        on_another_thread().await;
        other = match round % 3 {
            0 => runtime.get_with::<dyn Label>(config.as_str()).unwrap(),
            1 => label.clone(),
            _ => other,
        };
        on_another_thread().await;
    }
    assert_eq!(threads.len(), THREADS);
}

#[test]
fn proxies_move_between_the_threads_of_an_executor_while_their_bundle_is_reloaded() {
    let place = Place::new();
    let runtime = place.runtime();
    runtime.load(place.install("fixture-life")).unwrap();
    let config = place.config("moved");
    let first = runtime.get_with::<dyn Label>(config.as_str()).unwrap();
    let done = AtomicBool::new(false);
    let mut reloads = 0;
    thread::scope(|scope| {
        let jobs = (0..TASKS).map(|_| -> Job {
            Box::pin(use_from_everywhere(runtime.clone(), first.clone(), config.clone()))
        });
        let (jobs, done) = (jobs.collect(), &done);
        let running = scope.spawn(move || {
            run(jobs);
            done.store(true, Ordering::Relaxed);
        });
        while !running.is_finished() {
            for (fixture, generation) in [("fixture-life-next", 2), ("fixture-life", 1)] {
                place.install_by_rename(fixture);
                runtime.reload("life").unwrap();
                assert_eq!(first.generation().unwrap(), generation);
                reloads += 1;
            }
        }
    });
    assert!(done.into_inner() && reloads >= 2);
    drop(first);
    let count =
        |event: &str| [1, 2].map(|version| place.journal_count(&format!("{event} {version}")));
    assert_eq!(count("create"), count("drop"));
    assert_eq!(runtime.unload("life").unwrap(), Unloaded::Reclaimed);
    assert!(place.copies().is_empty());
}

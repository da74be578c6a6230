//! A failure at each stage of a load and of a reload leaves everything as it was.
//!
//! Here each stage of a good bundle is made to fail in its turn, by a loader around
//! the real one; `refused` has the bundles that are bad themselves.

mod injected;
mod inputs;
mod subject;

use subject::{Kind, Subject};

use injected::{Fault, How};

#[test]
fn a_failure_at_any_stage_of_a_load_or_reload_leaves_everything_as_it_was() {
    for kind in Kind::ALL {
        for fault in Fault::ALL {
            let subject = Subject::new(kind);
            for how in [How::Error, How::Panic] {
                subject.refuse_load(|| subject.arm(fault, how), fault.says());
                subject.refuse_reload(|| subject.arm(fault, how), fault.says());
            }
            // Once more, behind a failure.
            subject.refuse_load(|| subject.arm(fault, How::Error), fault.says());
            subject.accept();
        }
    }
}

#[test]
fn many_failures_one_after_the_other_leave_everything_as_it_was() {
    for kind in Kind::ALL {
        let subject = Subject::new(kind);
        for fault in Fault::ALL.into_iter().chain(Fault::ALL.into_iter().rev()) {
            subject.refuse_reload(|| subject.arm(fault, How::Error), fault.says());
            subject.refuse_load(|| subject.arm(fault, How::Error), fault.says());
        }
        subject.accept();
    }
}

#[test]
fn what_a_bundle_registers_while_it_is_reloaded_is_seen_by_nobody_before_the_end() {
    for kind in Kind::ALL {
        let subject = Subject::new(kind);
        subject.watch_registration();
        let seen = subject.accept_reload();
        assert_eq!(seen, [(1, false), (1, false)], "before and after the entry");
        let seen = subject.accept_load();
        assert_eq!(seen, [(1, true), (1, true)], "a load beside the present version");
        subject.stop_watching();
    }
}

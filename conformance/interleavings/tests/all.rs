//! Runs the models. `LOOM_LOG=trace` prints the steps of a failing order.

use flambeau_interleavings::*;

#[test]
fn one_job() {
    a_job_is_shared_and_over_when_run_returns(1, 0);
    a_job_is_shared_and_over_when_run_returns(1, 1);
}

#[test]
fn two_jobs() {
    a_job_is_shared_and_over_when_run_returns(2, 0);
}

#[test]
fn two_callers() {
    callers_do_not_mix();
}

#[test]
fn borrows() {
    a_borrow_keeps_readers_and_writers_apart(1, 1);
    a_borrow_keeps_readers_and_writers_apart(0, 2);
    a_borrow_keeps_readers_and_writers_apart(2, 1);
}

#[test]
fn locks() {
    a_lock_lets_one_in();
}

#[test]
fn counted_references() {
    the_last_owner_drops();
    the_only_owner_may_write();
}

//! Learning-rate schedules, in closed form: the rate of an epoch follows from its number and the rate at the start.

use crate::group::Optimizer;
use flambeau_core::{Result, bail};
use std::f64::consts::PI;

/// The learning rate as a function of the number of steps taken.
pub trait Schedule {
    /// The rate after `epoch` steps of a group that began with `base_lr`.
    fn lr(&self, base_lr: f64, epoch: u64) -> f64;

    /// The momentum after `epoch` steps, if the schedule sets it.
    fn momentum(&self, _epoch: u64) -> Option<f64> {
        None
    }
}

/// Brings a schedule to an optimizer.
pub struct LrScheduler<S> {
    schedule: S,
    base_lrs: Vec<f64>,
    last_epoch: u64,
}

impl<S: Schedule> LrScheduler<S> {
    /// Starts from the optimizer's present rates, and sets those of epoch 0.
    pub fn new(schedule: S, optimizer: &mut dyn Optimizer) -> LrScheduler<S> {
        let scheduler = LrScheduler { schedule, base_lrs: optimizer.lrs(), last_epoch: 0 };
        scheduler.apply(optimizer);
        scheduler
    }

    fn apply(&self, optimizer: &mut dyn Optimizer) {
        optimizer.set_lrs(&self.get_last_lr());
        if let Some(momentum) = self.schedule.momentum(self.last_epoch) {
            optimizer.set_momentum(momentum);
        }
    }

    /// One epoch on.
    pub fn step(&mut self, optimizer: &mut dyn Optimizer) {
        self.last_epoch += 1;
        self.apply(optimizer);
    }

    /// The rate of each group.
    pub fn get_last_lr(&self) -> Vec<f64> {
        self.base_lrs.iter().map(|lr| self.schedule.lr(*lr, self.last_epoch)).collect()
    }

    /// The number of steps taken.
    pub fn last_epoch(&self) -> u64 {
        self.last_epoch
    }

    /// Goes on from `epoch` steps, with the rates that the groups had at the start.
    pub fn load(&mut self, epoch: u64, base_lrs: Vec<f64>, optimizer: &mut dyn Optimizer) {
        self.last_epoch = epoch;
        self.base_lrs = base_lrs;
        self.apply(optimizer);
    }

    /// The rates that the groups had at the start.
    pub fn base_lrs(&self) -> &[f64] {
        &self.base_lrs
    }
}

impl Schedule for Box<dyn Schedule> {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        (**self).lr(base_lr, epoch)
    }
    fn momentum(&self, epoch: u64) -> Option<f64> {
        (**self).momentum(epoch)
    }
}

/// The base rate times a function of the epoch.
pub struct LambdaLR<F>(pub F);

impl<F: Fn(u64) -> f64> Schedule for LambdaLR<F> {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        base_lr * (self.0)(epoch)
    }
}

/// Times `gamma` every `step_size` epochs.
#[derive(Clone, Copy, Debug)]
pub struct StepLR {
    /// Epochs between two drops.
    pub step_size: u64,
    /// The factor of a drop.
    pub gamma: f64,
}

impl Schedule for StepLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        base_lr * self.gamma.powi((epoch / self.step_size.max(1)) as i32)
    }
}

/// Times `gamma` at each milestone.
#[derive(Clone, Debug)]
pub struct MultiStepLR {
    /// The epochs of the drops.
    pub milestones: Vec<u64>,
    /// The factor of a drop.
    pub gamma: f64,
}

impl Schedule for MultiStepLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        base_lr * self.gamma.powi(self.milestones.iter().filter(|m| **m <= epoch).count() as i32)
    }
}

/// Times `gamma` every epoch.
#[derive(Clone, Copy, Debug)]
pub struct ExponentialLR {
    /// The factor.
    pub gamma: f64,
}

impl Schedule for ExponentialLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        base_lr * self.gamma.powi(epoch as i32)
    }
}

/// Times `factor` until epoch `total_iters`.
#[derive(Clone, Copy, Debug)]
pub struct ConstantLR {
    /// The factor.
    pub factor: f64,
    /// When it ends.
    pub total_iters: u64,
}

impl Schedule for ConstantLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        if epoch < self.total_iters { base_lr * self.factor } else { base_lr }
    }
}

/// From `start_factor` to `end_factor` in a straight line of `total_iters` epochs.
#[derive(Clone, Copy, Debug)]
pub struct LinearLR {
    /// The factor at epoch 0.
    pub start_factor: f64,
    /// The factor from `total_iters` on.
    pub end_factor: f64,
    /// The length of the line.
    pub total_iters: u64,
}

impl Schedule for LinearLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        let share =
            if self.total_iters == 0 { 1.0 } else { epoch.min(self.total_iters) as f64 / self.total_iters as f64 };
        base_lr * (self.start_factor + (self.end_factor - self.start_factor) * share)
    }
}

/// Half a cosine from the base rate down to `eta_min` in `t_max` epochs, and up again after (Loshchilov and Hutter, 2017).
#[derive(Clone, Copy, Debug)]
pub struct CosineAnnealingLR {
    /// The length of the half wave.
    pub t_max: u64,
    /// The lowest rate.
    pub eta_min: f64,
}

impl Schedule for CosineAnnealingLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        self.eta_min + (base_lr - self.eta_min) * (1.0 + (PI * epoch as f64 / self.t_max.max(1) as f64).cos()) / 2.0
    }
}

/// Schedules one after the other: each begins at its milestone, counting from 0 again.
pub struct SequentialLR {
    schedules: Vec<Box<dyn Schedule>>,
    milestones: Vec<u64>,
}

impl SequentialLR {
    /// One milestone between each schedule and the next.
    pub fn new(schedules: Vec<Box<dyn Schedule>>, milestones: Vec<u64>) -> Result<SequentialLR> {
        if schedules.is_empty() {
            bail!(Value, "SequentialLR expects at least one scheduler, but got no scheduler.");
        }
        if milestones.len() + 1 != schedules.len() {
            bail!(
                Value,
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone points, but got number of schedulers {} and the number of milestones to be equal to {}",
                schedules.len(),
                milestones.len()
            );
        }
        if !milestones.is_sorted() {
            bail!(Value, "SequentialLR: the milestones must ascend: {milestones:?}");
        }
        Ok(SequentialLR { schedules, milestones })
    }
}

impl SequentialLR {
    /// The schedule that an epoch belongs to, and the epoch as that one counts.
    fn current(&self, epoch: u64) -> (&dyn Schedule, u64) {
        let i = self.milestones.iter().filter(|m| **m <= epoch).count();
        let start = if i == 0 { 0 } else { self.milestones[i - 1] };
        (&*self.schedules[i], epoch - start)
    }
}

impl Schedule for SequentialLR {
    fn lr(&self, base_lr: f64, epoch: u64) -> f64 {
        let (schedule, epoch) = self.current(epoch);
        schedule.lr(base_lr, epoch)
    }

    fn momentum(&self, epoch: u64) -> Option<f64> {
        let (schedule, epoch) = self.current(epoch);
        schedule.momentum(epoch)
    }
}

/// Up to a peak and down to almost nothing in one cycle, the momentum the other way round (Smith and Topin, 2017).
#[derive(Clone, Copy, Debug)]
pub struct OneCycleLR {
    /// The peak.
    pub max_lr: f64,
    /// The number of steps in all.
    pub total_steps: u64,
    /// The share of them on the way up.
    pub pct_start: f64,
    /// Cosine pieces rather than lines.
    pub cosine: bool,
    /// The momentum moves too.
    pub cycle_momentum: bool,
    /// The lowest momentum, at the peak.
    pub base_momentum: f64,
    /// The highest momentum.
    pub max_momentum: f64,
    /// The first rate is the peak divided by this.
    pub div_factor: f64,
    /// The last rate is the first divided by this.
    pub final_div_factor: f64,
}

impl OneCycleLR {
    /// PyTorch's defaults.
    pub fn new(max_lr: f64, total_steps: u64) -> OneCycleLR {
        OneCycleLR {
            max_lr,
            total_steps,
            pct_start: 0.3,
            cosine: true,
            cycle_momentum: true,
            base_momentum: 0.85,
            max_momentum: 0.95,
            div_factor: 25.0,
            final_div_factor: 1e4,
        }
    }

    /// The value at `epoch` on the way `start`, `peak`, `end`.
    fn at(&self, epoch: u64, start: f64, peak: f64, end: f64) -> f64 {
        let up = self.pct_start * self.total_steps as f64 - 1.0;
        let last = self.total_steps as f64 - 1.0;
        let x = (epoch as f64).min(last);
        let (from, to, share) = if x <= up { (start, peak, x / up) } else { (peak, end, (x - up) / (last - up)) };
        if self.cosine { to + (from - to) / 2.0 * ((PI * share).cos() + 1.0) } else { (to - from) * share + from }
    }
}

impl Schedule for OneCycleLR {
    fn lr(&self, _: f64, epoch: u64) -> f64 {
        let first = self.max_lr / self.div_factor;
        self.at(epoch, first, self.max_lr, first / self.final_div_factor)
    }

    fn momentum(&self, epoch: u64) -> Option<f64> {
        self.cycle_momentum.then(|| self.at(epoch, self.max_momentum, self.base_momentum, self.max_momentum))
    }
}

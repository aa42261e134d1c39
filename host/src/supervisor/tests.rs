//! The tree told as stories, and thrown at by dice.

mod applications;
mod auto_shutdown;
mod build;
mod busy;
mod dice;
mod dynamic;
mod harness;
mod intensity;
mod operator;
mod otp;
mod scale;
mod start_stop;
mod strategies;
mod words;
mod world;

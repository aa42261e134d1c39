//! The tree told as stories, and thrown at by dice.

mod admin;
mod applications;
mod asks;
mod auto_shutdown;
mod build;
mod busy;
mod change;
mod dice;
mod dynamic;
mod forest;
mod harness;
mod intensity;
mod managers;
mod model;
mod operator;
mod otp;
mod scale;
mod simple;
mod start_stop;
mod strategies;
mod texts;
mod views;
mod words;
mod world;

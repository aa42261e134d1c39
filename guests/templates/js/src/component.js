// The component: what the contract wants to be exported, made of the behaviour.

import { log } from 'tomte:behaviour/log@0.1.0';
import { crash } from 'tomte:behaviour/fault@0.1.0';
import { Counter } from './counter.js';
import { component } from './tomte/index.js';

export const { callbacks, state } = component(Counter, { log, crash });

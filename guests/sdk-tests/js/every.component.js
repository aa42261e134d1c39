// The component of `every.js`.

import { log } from 'tomte:behaviour/log@0.1.0';
import { crash } from 'tomte:behaviour/fault@0.1.0';
import { component } from '../../templates/js/src/tomte/index.js';
import { Every } from './every.js';

export const { callbacks, state } = component(Every, { log, crash });

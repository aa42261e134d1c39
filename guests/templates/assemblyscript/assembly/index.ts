// The component.

import { run } from "./component";
import { Counter } from "./counter";

export {
  cabi_post_init, cabi_post_save, cabi_post_save_as, cabi_post_step, cabi_post_terminate, cabi_realloc, init, save, save_as,
  step, terminate,
} from "./component";

run(new Counter());

/* Every type of the schema gets its fields here. */
import './analysis.ts';
import './errors.ts';
import './head-swap-task.ts';
import './job.ts';
import './person.ts';
import './scalars.ts';

/** How soon to look again, in milliseconds: at first often, then seldom, so that a long wait leaves the machine to what is waited for. */
const FIRST_MS = 5;
const LONGEST_MS = 40;

/** Resolves once `holds` is true. It looks again and again; the test's own time limit ends a wait in vain. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let pauseMs = FIRST_MS; !(await holds()); pauseMs = Math.min(LONGEST_MS, pauseMs * 1.3)) {
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

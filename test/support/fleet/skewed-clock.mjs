// Loaded before a gateway with --import: its machine's clock is wrong by CLOCK_SKEW_MS.
const skew = Number(process.env.CLOCK_SKEW_MS);
const now = Date.now;
Date.now = () => now() + skew;

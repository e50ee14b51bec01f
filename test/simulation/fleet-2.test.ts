import { testSeeds } from './seeds.ts';

// Half of the seeds, so that both processors have something to do.
testSeeds(1001, 2001);

import { isFinal } from '../../domain/job.ts';
import type { ClaimedCopy, CopyStore, UploadStore } from '../../store/media-store.ts';
import { boughtBy } from '../../store/purchase.ts';
import type { Store } from '../../store/store.ts';
import type { Metrics } from '../../telemetry/metrics/metrics.ts';

/** The store, counting the states that purchases come into. */
export function countPurchases(store: Store, { purchases, jobEnds }: Metrics): Store {
  return {
    ...store,
    async reservePurchase(order) {
      const reserved = await store.reservePurchase(order);
      if (reserved.taken) purchases.at(order.mutation, 'RESERVED').add();
      return reserved;
    },
    async movePurchase(attempt, from, to, outcome) {
      const moved = await store.movePurchase(attempt, from, to, outcome);
      if (moved === null) return null;
      const { mutation } = attempt;
      purchases.at(mutation, to).add();
      const status = moved.job?.job.status;
      if (status !== undefined && isFinal(status)) {
        jobEnds.at(boughtBy(mutation), status, 'settlement').add();
      }
      return moved;
    },
    async recoverPurchases() {
      const recovered = await store.recoverPurchases();
      for (const { mutation, state } of recovered) purchases.at(mutation, state).add();
      return recovered;
    },
  };
}

/** The store, counting what becomes of copies, and how many this instance works on. */
export function countCopies(
  store: CopyStore,
  { copies, copiedBytes, copiesRunning }: Metrics,
): CopyStore {
  const leased = new Set<string>();
  const running = copiesRunning.at();
  const taken = (objectKeys: readonly string[]): void => {
    for (const objectKey of objectKeys) leased.add(objectKey);
    running.set(leased.size);
  };
  const done = ({ copy }: ClaimedCopy): void => {
    leased.delete(copy.objectKey);
    running.set(leased.size);
  };
  const [stored, failed, postponed, deleted] = [
    copies.at('stored'),
    copies.at('failed'),
    copies.at('postponed'),
    copies.at('deleted'),
  ];
  return {
    ...store,
    async claimCopies(limit, perTeam, leaseMs) {
      const claimed = await store.claimCopies(limit, perTeam, leaseMs);
      taken(claimed.map(({ copy }) => copy.objectKey));
      return claimed;
    },
    async renewCopyLease(claimed, leaseMs) {
      const isOurs = await store.renewCopyLease(claimed, leaseMs);
      if (!isOurs) done(claimed);
      return isOurs;
    },
    async settleCopy(claimed, outcome) {
      const settled = await store.settleCopy(claimed, outcome);
      done(claimed);
      if (!settled) return false;
      if (outcome.state === 'STORED') {
        stored.add();
        copiedBytes.at().add(outcome.file.bytes);
      } else {
        // What was stored is settled again when it is deleted.
        (claimed.copy.state === 'STORED' ? deleted : failed).add();
      }
      return true;
    },
    async postponeCopy(claimed, inMs, counts) {
      await store.postponeCopy(claimed, inMs, counts);
      done(claimed);
      postponed.add();
    },
  };
}

/** The store, counting the states that uploads come into. */
export function countUploads(store: UploadStore, { uploads, uploadedBytes }: Metrics): UploadStore {
  return {
    ...store,
    async openUpload(upload, quotaBytes) {
      const opened = await store.openUpload(upload, quotaBytes);
      if (opened !== null) uploads.at(opened.state).add();
      return opened;
    },
    async settleUpload(team, id, outcome) {
      const settled = await store.settleUpload(team, id, outcome);
      if (settled === null || settled.state !== outcome.state) return settled;
      uploads.at(settled.state).add();
      if (settled.state === 'READY') uploadedBytes.at().add(settled.bytes);
      return settled;
    },
  };
}

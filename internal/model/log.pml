/* Run: spin -a -DMODE=0 log.pml && gcc -O2 -DSAFETY -o pan pan.c && ./pan -m400000 -E */
/* The claim log: the same protocol as claim.pml over a store whose only atomic write is "insert unless it is there".
 * A shard is a sequence of records. A beat inserts at the position after the last one it has read; whoever is beaten has
 * not seen the newest state and reads on. State is what the records say, in order; a record counts only if its epoch is
 * that of the lease before it. A checkpoint holds the state up to a position, after which records up to it are removed.
 * Any beat may be paused anywhere, crash anywhere, and a request whose answer was lost may still take effect much later
 * (Late).
 *
 * Two rules make removal safe, each with a control that leaves it out:
 *   - records are read first and the checkpoint afterwards: what is not after the checkpoint does not count;
 *   - an insert counts once the checkpoint, read after it, is before it: a place may be free because its record was
 *     removed.
 *
 * MODE 0, 1, 2, 3 and AMO as in claim.pml.
 * BUG 1: inserts are not compared with the checkpoint; 2: claims and settlements are not; 3: removal before the
 *     checkpoint; 4: inserts overwrite; 5: the checkpoint is read before the records; 6: an old checkpoint may replace a
 *     newer one
 * LOSE 1: the store loses its newest record once; an occurrence may then be claimed twice
 * MAXE: most leases; MAXF: most crashes and lost answers; MAXT: most checkpoints; MAXS: most records. */
#ifndef MODE
#define MODE 0
#endif
#ifndef AMO
#define AMO 0
#endif
#ifndef BUG
#define BUG 0
#endif
#ifndef BOUND
#define BOUND 1
#endif
#ifndef MAXE
#define MAXE 3
#endif
#ifndef MAXF
#define MAXF 1
#endif
#ifndef MAXT
#define MAXT 1
#endif
#ifndef MAXS
#define MAXS 8
#endif
#ifndef LOSE
#define LOSE 0
#endif
#define N 2

/* kinds of records */
#define LEASE 1
#define CLAIM 2
#define SETTLE 3
/* states of an occurrence */
#define OPEN 0
#define CLAIMED 1
#define SETTLED 2

/* the log: what a record is (0: there is none), its epoch, its occurrence, and the process that made it */
byte kind[MAXS+2], ep[MAXS+2], occ[MAXS+2], by[MAXS+2];
byte cpAt, cpEpoch, cpS1, cpS2;                        /* the checkpoint */
byte lateAt, lateKind, lateEp, lateOcc, lateBy;        /* a request on its way; lateAt 0: none */
byte faults, leases, checkpoints, lives;
byte brEpoch, hw, guard;                               /* the broker */
byte claims[N+1], delivered[N+1], owner[MAXE*2+2];

#define CRASH if :: faults < MAXF -> atomic { faults++; goto start } :: true fi

/* what a record does to the state; a record counts only under the epoch of the newest lease */
inline apply(k, e, o) {
  if
  :: k == LEASE && e > epoch -> epoch = e
  :: k == CLAIM && e == epoch -> if :: o == 1 -> s1 = CLAIMED :: else -> s2 = CLAIMED fi
  :: k == SETTLE && e == epoch -> if :: o == 1 -> s1 = SETTLED :: else -> s2 = SETTLED fi
  :: else
  fi
}

/* reads until nothing comes after pos */
inline readOn() {
  do
  :: atomic {
       if
       :: BUG == 5 && cpAt > pos -> pos = cpAt; epoch = cpEpoch; s1 = cpS1; s2 = cpS2
       :: else
       fi };
     atomic { rk = kind[pos+1]; re = ep[pos+1]; ro = occ[pos+1] };
     atomic {
       if
       :: BUG != 5 && cpAt > pos -> pos = cpAt; epoch = cpEpoch; s1 = cpS1; s2 = cpS2
       :: (BUG == 5 || cpAt <= pos) && rk != 0 -> apply(rk, re, ro); pos++
       :: (BUG == 5 || cpAt <= pos) && rk == 0 -> rk = 0; re = 0; ro = 0; break
       fi }
  od
}

/* inserts a record after pos; ok tells whether it is there. An answer may be lost while the request is still on its way;
 * the beat then asks again with the same record, and takes one that is its own for a success. Behind the checkpoint it
 * starts anew. */
inline insert(k, o) {
  if
  :: faults < MAXF && lateAt == 0 ->
       atomic { faults++; lateAt = pos+1; lateKind = k; lateEp = my; lateOcc = o; lateBy = id };
       CRASH
  :: true
  fi;
  atomic {
    if
    :: kind[pos+1] == 0 || BUG == 4 -> kind[pos+1] = k; ep[pos+1] = my; occ[pos+1] = o; by[pos+1] = id; ok = true
    :: else -> ok = (kind[pos+1] == k && ep[pos+1] == my && occ[pos+1] == o && by[pos+1] == id)
    fi;
    if :: ok -> pos++; apply(k, my, o) :: else fi };
  if
  :: ok && cpAt >= pos && BUG != 1 && (BUG != 2 || k == LEASE) -> goto start
  :: else
  fi
}

inline publish(o) {
  atomic {
    if
    :: MODE == 0 && brEpoch > my -> goto standby
    :: MODE == 0 && brEpoch <= my && hw >= o
    :: MODE == 0 && brEpoch <= my && hw < o -> hw = o; delivered[o]++
    :: (MODE == 1 || MODE == 3) && guard != id -> goto standby
    :: MODE == 1 && guard == id -> delivered[o]++
    :: MODE == 3 && guard == id && hw >= o
    :: MODE == 3 && guard == id && hw < o -> hw = o; delivered[o]++
    :: MODE == 2 -> delivered[o]++
    fi }
}

/* removes the records up to pos, one after the other */
inline remove() {
  i = 1;
  do
  :: i > pos -> break
  :: i <= pos -> atomic {
       kind[i] = 0; ep[i] = 0; occ[i] = 0; by[i] = 0; i++ }
  od;
  i = 0
}

proctype Beat() {
  byte pos, epoch, s1, s2;     /* as far as it has read, and the state there */
  byte id, my, o, i, rk, re, ro; bool ok;
start:
  atomic {
    pos = 0; epoch = 0; s1 = OPEN; s2 = OPEN; my = 0; o = 0; i = 0; rk = 0; re = 0; ro = 0; ok = false;
    lives++; id = lives };
standby:
  atomic { my = 0; o = 0; ok = false };
  readOn();
  if
  :: s1 == SETTLED && s2 == SETTLED -> goto done
  :: !(s1 == SETTLED && s2 == SETTLED) && (leases >= MAXE || pos >= MAXS) -> goto done
  :: atomic { !(s1 == SETTLED && s2 == SETTLED) && leases < MAXE && pos < MAXS -> leases++; my = epoch + 1 }
  fi;
  insert(LEASE, 0);
  if :: !ok -> goto standby :: else fi;
  atomic { assert(LOSE || owner[my] == 0); owner[my] = id };
  if
  :: MODE == 0 -> atomic { if :: brEpoch < my -> brEpoch = my :: else -> goto standby fi }
  :: MODE == 1 || MODE == 3 -> atomic { guard == 0 -> guard = id }
  :: MODE == 2
  fi;
  CRASH;
  /* what earlier leaders left claimed */
  o = 1;
  do
  :: o > N -> break
  :: o <= N && (o == 1 && s1 != CLAIMED || o == 2 && s2 != CLAIMED) -> o++
  :: o <= N && (o == 1 && s1 == CLAIMED || o == 2 && s2 == CLAIMED) ->
       if
       :: AMO
       :: !AMO -> publish(o); CRASH; assert(delivered[o] >= 1)
       fi;
       if :: pos >= MAXS -> goto done :: else fi;
       insert(SETTLE, o);
       if :: !ok -> goto standby :: else fi;
       o++
  od;
work:
  CRASH;
  if
  :: s1 == OPEN -> o = 1
  :: s1 != OPEN && s2 == OPEN -> o = 2
  :: s1 != OPEN && s2 != OPEN -> goto standby
  fi;
  if :: pos >= MAXS -> goto done :: else fi;
  insert(CLAIM, o);
  if :: !ok -> goto standby :: else fi;
  claims[o]++;
  CRASH;
  publish(o);
  CRASH;
  if :: pos >= MAXS -> goto done :: else fi;
  assert(delivered[o] >= 1);
  insert(SETTLE, o);
  if :: !ok -> goto standby :: else fi;
  if
  :: atomic { checkpoints < MAXT -> checkpoints++ };
     if :: BUG == 3 -> remove() :: else fi;
     atomic { if :: cpAt < pos || BUG == 6 -> cpAt = pos; cpEpoch = epoch; cpS1 = s1; cpS2 = s2 :: else fi };
     if :: BUG != 3 -> remove() :: else fi
  :: true
  fi;
  goto work;
done: skip
}

/* a request that was on its way arrives */
active proctype Late() {
endl: do
  :: atomic { lateAt != 0 ->
       if :: kind[lateAt] == 0 -> kind[lateAt] = lateKind; ep[lateAt] = lateEp; occ[lateAt] = lateOcc; by[lateAt] = lateBy
          :: else fi;
       lateAt = 0; lateKind = 0; lateEp = 0; lateOcc = 0; lateBy = 0 }
  od
}

#if LOSE
/* the store loses its newest record once, for example by promoting a standby that lags */
active proctype Lose() { byte p;
  atomic { kind[1] != 0 ->
    p = MAXS;
    do
    :: p > cpAt && kind[p] == 0 -> p--
    :: !(p > cpAt && kind[p] == 0) -> break
    od;
    if :: p > cpAt -> kind[p] = 0; ep[p] = 0; occ[p] = 0; by[p] = 0 :: else fi;
    p = 0 }
}
#endif

/* the broker drops a connection whenever it likes */
active proctype Broker() {
endb: do
  :: atomic { guard != 0 -> guard = 0 }
  od
}

init { atomic {
  run Beat(); run Beat();
#if BEATS == 3
  run Beat();
#endif
} }

#define CHK(o) ((LOSE || claims[o] <= 1) && ((MODE == 1 || MODE == 2) && !AMO || delivered[o] <= BOUND))
active proctype Monitor() { endm: atomic { !(CHK(1) && CHK(2)) -> assert(CHK(1) && CHK(2)) } }

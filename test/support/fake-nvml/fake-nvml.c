/*
 * A fake libnvidia-ml.so.1: what Plimsoll calls of NVML, answered from a scripted waveform instead
 * of a driver. Layouts are declared here from NVML's documentation and checked with _Static_assert,
 * so that a struct which our TypeScript reads at the wrong offset fails a test.
 *
 * THE WAVEFORM (the golden numbers of the energy tests)
 *   t is CLOCK_MONOTONIC in ms: what process.hrtime() reads. FAKE_NVML_NOW_MS scripts it instead.
 *   Power of device i is a square wave, HIGH first, without slopes:
 *       P_i(t) = HIGH_W + 10 i   while (t mod PERIOD_MS) <  PERIOD_MS / 2
 *                LOW_W  + 10 i   otherwise                                      [W]
 *   Defaults: HIGH_W 400, LOW_W 100, PERIOD_MS 2000; so device 0 draws 250 W on average, and any
 *   whole number of periods uses exactly 500 J a period (plus 20 J for each step of i).
 *   Energy is its exact integral since t = 0, E_i(t); the counter shows it as it was at the last
 *   whole 100 ms, in whole mJ above a base of 2^53 + 1:
 *       counter_i(t) = BASE + floor(E_i(100 * floor(t / 100)))                  [mJ]
 *   Power instant is P_i(t); power average is (E_i(t) - E_i(t - 1000)) / 1000 ms.
 *   While HIGH: utilization 100 %, memory busy 50 %, SM clock 1980 MHz, throttle reasons REASONS.
 *   While LOW:  utilization   0 %, memory busy  0 %, SM clock  345 MHz, throttle reasons 0x1 (idle).
 *   Each bit of REASONS has its own ns counter (0x4 field 74, 0x20 field 75 and 269, 0x40 field 270,
 *   0x80 field 271), which grows while HIGH: half of every period.
 *   Constant: memory 80 GiB, 512 MiB of it reserved, 20 GiB used by others than the driver;
 *   temperature 60 + i, memory temperature 70 + i; power limit 700 W; memory clock 2619 MHz.
 *
 * ENVIRONMENT (read by nvmlInit_v2; by every call when FAKE_NVML_LIVE=1, for tests in one process)
 *   FAKE_NVML_NDEV=1            devices
 *   FAKE_NVML_HIGH_W, LOW_W, PERIOD_MS, REASONS (hex, default 4), NOW_MS   as above
 *   FAKE_NVML_INIT_RC=0         what nvmlInit_v2 returns
 *   FAKE_NVML_FAIL=a,b          functions (or "field:186") that fail, "*" all but init
 *   FAKE_NVML_RC=3              what they return
 *   FAKE_NVML_FAIL_DEV=-1       only on this device; -1 on all
 *   FAKE_NVML_FAIL_AFTER_MS=0   only this long after nvmlInit_v2
 *   FAKE_NVML_US=0              busy µs spent in every call
 *   FAKE_NVML_HANG_AFTER_MS     from then on every call sleeps for an hour
 *   FAKE_NVML_CRASH_AFTER_MS    from then on every call is the end of the process
 *   FAKE_NVML_PROCS=pid:MiB,..  compute processes on device 0
 *   FAKE_NVML_MIG=0             1: MIG mode is on
 *   FAKE_NVML_NUMBERING=269     251: throttle fields numbered as in drivers before API 13
 *
 * Build: cc -shared -fPIC -O2 -o libnvidia-ml.so.1 fake-nvml.c; -DFAKE_NVML_OLD leaves out what
 * drivers before about 450 lack.
 */
#define _GNU_SOURCE
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef unsigned int u32;
typedef unsigned long long u64;
typedef struct device {
  int index;
} *device_t;

typedef struct {
  u32 gpu, memory;
} utilization_t;
typedef struct {
  u64 total, free, used;
} memory_t;
typedef struct {
  u32 version;
  u64 total, reserved, free, used;
} memory_v2_t;
typedef struct {
  u32 version;
  int sensor;
  int temperature;
} temperature_t;
typedef struct {
  u32 field, scope;
  int64_t timestamp_us, latency_us;
  u32 type;
  int rc;
  union {
    double d;
    u32 ui;
    u64 ull;
  } value;
} field_value_t;
typedef struct {
  u32 pid;
  u64 used;
  u32 gpu_instance, compute_instance;
} process_v2_t;
typedef struct {
  u32 pid;
  u64 used;
} process_v1_t;

_Static_assert(sizeof(void *) == 8, "LP64");
_Static_assert(sizeof(utilization_t) == 8, "nvmlUtilization_t");
_Static_assert(sizeof(memory_t) == 24 && offsetof(memory_t, used) == 16, "nvmlMemory_t");
_Static_assert(sizeof(memory_v2_t) == 40 && offsetof(memory_v2_t, total) == 8 &&
                   offsetof(memory_v2_t, reserved) == 16 && offsetof(memory_v2_t, used) == 32,
               "nvmlMemory_v2_t");
_Static_assert(sizeof(temperature_t) == 12 && offsetof(temperature_t, temperature) == 8,
               "nvmlTemperature_t");
_Static_assert(sizeof(field_value_t) == 40 && offsetof(field_value_t, timestamp_us) == 8 &&
                   offsetof(field_value_t, type) == 24 && offsetof(field_value_t, rc) == 28 &&
                   offsetof(field_value_t, value) == 32,
               "nvmlFieldValue_t");
_Static_assert(sizeof(process_v2_t) == 24 && offsetof(process_v2_t, used) == 8 &&
                   offsetof(process_v2_t, gpu_instance) == 16,
               "nvmlProcessInfo_v2_t");
_Static_assert(sizeof(process_v1_t) == 16, "nvmlProcessInfo_v1_t");

enum { OK = 0, UNINITIALIZED = 1, BAD_ARGUMENT = 2, UNSUPPORTED = 3, NOT_FOUND = 6, TOO_SMALL = 7, VERSION = 25 };
enum { MAX_DEVICES = 64, MIB = 1024 * 1024 };
#define GIB ((u64)1024 * MIB)

static struct device devices[MAX_DEVICES];
static int initialized, live, ndev, rc_of_failure, fail_device, mig, numbering;
static double high_w, low_w, period_ms, scripted_ms, fail_after_ms, hang_after_ms, crash_after_ms, busy_us, init_ms;
static u64 reasons;
static char failing[512], processes[512];

static double env_number(const char *name, double otherwise) {
  const char *text = getenv(name);
  return text && *text ? atof(text) : otherwise;
}

static void env_text(const char *name, char *out, size_t size) {
  const char *text = getenv(name);
  snprintf(out, size, "%s", text ? text : "");
}

static double monotonic_ms(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e3 + now.tv_nsec / 1e6;
}

static void configure(void) {
  char hex[32];
  ndev = (int)env_number("FAKE_NVML_NDEV", 1);
  if (ndev > MAX_DEVICES) ndev = MAX_DEVICES;
  high_w = env_number("FAKE_NVML_HIGH_W", 400);
  low_w = env_number("FAKE_NVML_LOW_W", 100);
  period_ms = env_number("FAKE_NVML_PERIOD_MS", 2000);
  scripted_ms = env_number("FAKE_NVML_NOW_MS", -1);
  rc_of_failure = (int)env_number("FAKE_NVML_RC", UNSUPPORTED);
  fail_device = (int)env_number("FAKE_NVML_FAIL_DEV", -1);
  fail_after_ms = env_number("FAKE_NVML_FAIL_AFTER_MS", 0);
  hang_after_ms = env_number("FAKE_NVML_HANG_AFTER_MS", -1);
  crash_after_ms = env_number("FAKE_NVML_CRASH_AFTER_MS", -1);
  busy_us = env_number("FAKE_NVML_US", 0);
  mig = (int)env_number("FAKE_NVML_MIG", 0);
  numbering = (int)env_number("FAKE_NVML_NUMBERING", 269);
  env_text("FAKE_NVML_REASONS", hex, sizeof hex);
  reasons = *hex ? strtoull(hex, NULL, 16) : 0x4;
  env_text("FAKE_NVML_FAIL", failing, sizeof failing);
  env_text("FAKE_NVML_PROCS", processes, sizeof processes);
}

static double now_ms(void) { return scripted_ms >= 0 ? scripted_ms : monotonic_ms(); }

static int is_high(double t) {
  double periods = t / period_ms;
  return periods - (double)(long long)periods < 0.5;
}

/* Time spent HIGH since t = 0, ms. */
static double high_ms(double t) {
  double whole = (double)(long long)(t / period_ms);
  double rest = t - whole * period_ms;
  return whole * period_ms / 2 + (rest < period_ms / 2 ? rest : period_ms / 2);
}

/* Energy since t = 0, mJ: W times ms. */
static double energy_mj(int index, double t) {
  double high = high_ms(t);
  return high * (high_w + 10 * index) + (t - high) * (low_w + 10 * index);
}

static u64 energy_counter(int index, double t) {
  double step = 100.0 * (double)(long long)(t / 100);
  return (((u64)1 << 53) + 1) + (u64)energy_mj(index, step);
}

static int is_listed(const char *name) {
  size_t length = strlen(name);
  if (strcmp(failing, "*") == 0) return 1;
  for (const char *at = failing; *at;) {
    const char *end = strchrnul(at, ',');
    if ((size_t)(end - at) == length && strncmp(at, name, length) == 0) return 1;
    at = *end ? end + 1 : end;
  }
  return 0;
}

static int failure_of(const char *name, int index) {
  if (!*failing || (fail_device >= 0 && index != fail_device)) return OK;
  if (monotonic_ms() - init_ms < fail_after_ms) return OK;
  return is_listed(name) ? rc_of_failure : OK;
}

static void spend(void) {
  if (hang_after_ms >= 0 && monotonic_ms() - init_ms >= hang_after_ms) {
    struct timespec hour = {3600, 0};
    nanosleep(&hour, NULL);
  }
  if (crash_after_ms >= 0 && monotonic_ms() - init_ms >= crash_after_ms) abort();
  if (busy_us > 0) {
    double until = monotonic_ms() + busy_us / 1e3;
    while (monotonic_ms() < until) continue;
  }
}

/* Every call begins so: the return code if it is not to be answered. */
static int begin(const char *name, device_t device) {
  if (!initialized) return UNINITIALIZED;
  if (live) configure();
  spend();
  int index = device ? device->index : -1;
  if (device && (index < 0 || index >= ndev)) return BAD_ARGUMENT;
  return failure_of(name, index);
}

#define BEGIN(device)                                                                              \
  do {                                                                                             \
    int rc_ = begin(__func__, device);                                                             \
    if (rc_) return rc_;                                                                           \
  } while (0)

int nvmlInit_v2(void) {
  configure();
  live = (int)env_number("FAKE_NVML_LIVE", 0);
  int rc = (int)env_number("FAKE_NVML_INIT_RC", OK);
  if (rc) return rc;
  for (int i = 0; i < MAX_DEVICES; i++) devices[i].index = i;
  init_ms = monotonic_ms();
  initialized = 1;
  return OK;
}

int nvmlShutdown(void) {
  if (!initialized) return UNINITIALIZED;
  initialized = 0;
  return OK;
}

static int put_text(char *out, u32 size, const char *text) {
  if (strlen(text) + 1 > size) return TOO_SMALL;
  strcpy(out, text);
  return OK;
}

int nvmlSystemGetDriverVersion(char *out, u32 size) {
  BEGIN(NULL);
  return put_text(out, size, "580.65.06");
}

int nvmlSystemGetCudaDriverVersion_v2(int *version) {
  BEGIN(NULL);
  *version = 13000;
  return OK;
}

int nvmlDeviceGetCount_v2(u32 *count) {
  BEGIN(NULL);
  *count = (u32)ndev;
  return OK;
}

int nvmlDeviceGetHandleByIndex_v2(u32 index, device_t *device) {
  BEGIN(NULL);
  if (index >= (u32)ndev) return NOT_FOUND;
  *device = &devices[index];
  return failure_of(__func__, (int)index);
}

int nvmlDeviceGetName(device_t device, char *out, u32 size) {
  BEGIN(device);
  return put_text(out, size, "NVIDIA Fake 80GB");
}

int nvmlDeviceGetUUID(device_t device, char *out, u32 size) {
  BEGIN(device);
  char uuid[96];
  snprintf(uuid, sizeof uuid, "GPU-00000000-fa4e-0000-0000-%012d", device->index);
  return put_text(out, size, uuid);
}

int nvmlDeviceGetUtilizationRates(device_t device, utilization_t *out) {
  BEGIN(device);
  int high = is_high(now_ms());
  out->gpu = high ? 100 : 0;
  out->memory = high ? 50 : 0;
  return mig ? UNSUPPORTED : OK;
}

int nvmlDeviceGetMemoryInfo(device_t device, memory_t *out) {
  BEGIN(device);
  out->total = 80 * GIB;
  out->used = 20 * GIB + 512 * MIB;
  out->free = out->total - out->used;
  return OK;
}

int nvmlDeviceGetPowerUsage(device_t device, u32 *mw) {
  BEGIN(device);
  *mw = (u32)(1000 * ((is_high(now_ms()) ? high_w : low_w) + 10 * device->index));
  return OK;
}

int nvmlDeviceGetEnforcedPowerLimit(device_t device, u32 *mw) {
  BEGIN(device);
  *mw = 700000;
  return OK;
}

int nvmlDeviceGetTotalEnergyConsumption(device_t device, u64 *mj) {
  BEGIN(device);
  *mj = energy_counter(device->index, now_ms());
  return OK;
}

int nvmlDeviceGetTemperature(device_t device, int sensor, u32 *celsius) {
  BEGIN(device);
  if (sensor != 0) return BAD_ARGUMENT;
  *celsius = 60 + (u32)device->index;
  return OK;
}

int nvmlDeviceGetClockInfo(device_t device, int type, u32 *mhz) {
  BEGIN(device);
  if (type < 0 || type > 3) return BAD_ARGUMENT;
  *mhz = type == 2 ? 2619 : is_high(now_ms()) ? 1980 : 345;
  return OK;
}

int nvmlDeviceGetApplicationsClock(device_t device, int type, u32 *mhz) {
  BEGIN(device);
  *mhz = type == 2 ? 2619 : 1980;
  return OK;
}

int nvmlDeviceGetDefaultApplicationsClock(device_t device, int type, u32 *mhz) {
  return nvmlDeviceGetApplicationsClock(device, type, mhz);
}

int nvmlDeviceGetCurrentClocksThrottleReasons(device_t device, u64 *out) {
  BEGIN(device);
  *out = is_high(now_ms()) ? reasons : 0x1;
  return OK;
}

/* The pid:MiB list of the environment, as often as there is room. */
static int list_processes(device_t device, u32 *count, void *out, size_t size) {
  u32 room = *count, found = 0;
  const char *at = device->index == 0 ? processes : "";
  while (*at) {
    char *end;
    u32 pid = (u32)strtoul(at, &end, 10);
    u64 used = *end == ':' ? strtoull(end + 1, &end, 10) * MIB : 0;
    if (out && found < room) {
      process_v2_t row = {pid, used, 0xFFFFFFFF, 0xFFFFFFFF};
      memcpy((char *)out + found * size, &row, size);
    }
    found++;
    at = *end == ',' ? end + 1 : end + strlen(end);
  }
  *count = found;
  return found > room || (!out && found > 0) ? TOO_SMALL : OK;
}

#ifdef FAKE_NVML_OLD

int nvmlDeviceGetComputeRunningProcesses(device_t device, u32 *count, process_v1_t *out) {
  BEGIN(device);
  return list_processes(device, count, out, sizeof *out);
}

#else

int nvmlDeviceGetMemoryInfo_v2(device_t device, memory_v2_t *out) {
  BEGIN(device);
  if (out->version != 0x02000028) return VERSION;
  out->total = 80 * GIB;
  out->reserved = 512 * MIB;
  out->used = 20 * GIB;
  out->free = out->total - out->reserved - out->used;
  return OK;
}

int nvmlDeviceGetTemperatureV(device_t device, temperature_t *out) {
  BEGIN(device);
  if (out->version != 0x0100000C) return VERSION;
  if (out->sensor != 0) return BAD_ARGUMENT;
  out->temperature = 60 + device->index;
  return OK;
}

int nvmlDeviceGetCurrentClocksEventReasons(device_t device, u64 *out) {
  BEGIN(device);
  *out = is_high(now_ms()) ? reasons : 0x1;
  return OK;
}

int nvmlDeviceGetComputeRunningProcesses_v3(device_t device, u32 *count, process_v2_t *out) {
  BEGIN(device);
  return list_processes(device, count, out, sizeof *out);
}

int nvmlDeviceGetMigMode(device_t device, u32 *current, u32 *pending) {
  BEGIN(device);
  *current = *pending = (u32)mig;
  return OK;
}

static u64 held_ns(u64 bit, double t) { return reasons & bit ? (u64)(high_ms(t) * 1e6) : 0; }

static void put_ull(field_value_t *out, u64 value) {
  out->type = 3;
  out->value.ull = value;
}

static void put_uint(field_value_t *out, double value) {
  out->type = 1;
  out->value.ull = 0;
  out->value.ui = (u32)value;
}

/* Fields 269 to 271, or 251 to 253 where the driver numbers them so. */
static int throttle_field(field_value_t *out, double t) {
  static const u64 bits[] = {0x20, 0x40, 0x80};
  int which = (int)out->field - numbering;
  if (which < 0 || which > 2) return UNSUPPORTED;
  put_ull(out, held_ns(bits[which], t));
  return OK;
}

static int fill_field(int index, field_value_t *out, double t) {
  char name[32];
  snprintf(name, sizeof name, "field:%u", out->field);
  int failure = failure_of(name, index);
  if (failure) return failure;
  if (out->scope != 0) return UNSUPPORTED;
  switch (out->field) {
    case 74: put_ull(out, held_ns(0x4, t)); return OK;
    case 75: put_ull(out, held_ns(0x20, t)); return OK;
    case 82: put_uint(out, 70 + index); return OK;
    case 83: put_ull(out, energy_counter(index, t)); return OK;
    case 185: put_uint(out, energy_mj(index, t) - energy_mj(index, t - 1000)); return OK;
    case 186: put_uint(out, 1000 * ((is_high(t) ? high_w : low_w) + 10 * index)); return OK;
    default: return throttle_field(out, t);
  }
}

int nvmlDeviceGetFieldValues(device_t device, int count, field_value_t *values) {
  BEGIN(device);
  double t = now_ms();
  for (int i = 0; i < count; i++) {
    values[i].timestamp_us = (int64_t)(t * 1e3);
    values[i].latency_us = 0;
    values[i].rc = fill_field(device->index, &values[i], t);
  }
  return OK;
}

#endif

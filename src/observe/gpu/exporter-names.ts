/**
 * What exporters of GPU metrics call things, row by row, and what one of their units is in ours.
 * dcgm-exporter (NVIDIA), nvidia_gpu_exporter (utkuozdemir), device-metrics-exporter (AMD).
 */
import type { SeriesName } from "../../core/telemetry.ts";

export interface ExporterRow {
  readonly series: SeriesName;
  /** Best first. */
  readonly names: readonly string[];
  /** One of its units in ours. */
  readonly times: number;
  /** Only samples with these labels. */
  readonly labels?: Readonly<Record<string, string>>;
  /** All of the names are added up; without the first there is no sum. */
  readonly isSum?: boolean;
  /** Told of the whole device, whatever instance of it a sample is labelled with (MIG). */
  readonly isWhole?: boolean;
}

export interface Exporter {
  readonly kind: string;
  /** How all of its names begin. */
  readonly prefix: RegExp;
  /** Labels that tell devices apart, best first. */
  readonly deviceLabels: readonly string[];
  readonly instanceLabel?: string;
  readonly uuidLabel: string;
  readonly nameLabel: string;
  readonly rows: readonly ExporterRow[];
  /** What it has besides memory in use, where that is told apart from the driver's share. */
  readonly usedExcludesReserved: boolean;
}

const MIB = 2 ** 20;
const whole = { isWhole: true } as const;

const dcgm: Exporter = {
  kind: "dcgm",
  prefix: /^DCGM_FI_/,
  deviceLabels: ["gpu", "UUID"],
  instanceLabel: "GPU_I_ID",
  uuidLabel: "UUID",
  nameLabel: "modelName",
  usedExcludesReserved: true,
  rows: [
    { series: "gpu_utilization", names: ["DCGM_FI_DEV_GPU_UTIL"], times: 1 },
    { series: "gpu_memory_busy", names: ["DCGM_FI_DEV_MEM_COPY_UTIL"], times: 0.01 },
    { series: "gpu_sm_active", names: ["DCGM_FI_PROF_SM_ACTIVE"], times: 1 },
    { series: "gpu_tensor_active", names: ["DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"], times: 1 },
    { series: "gpu_dram_active", names: ["DCGM_FI_PROF_DRAM_ACTIVE"], times: 1 },
    { series: "gpu_memory_used", names: ["DCGM_FI_DEV_FB_USED"], times: MIB },
    { series: "gpu_memory_reserved", names: ["DCGM_FI_DEV_FB_RESERVED"], times: MIB },
    {
      series: "gpu_memory_total",
      names: ["DCGM_FI_DEV_FB_FREE", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_RESERVED"],
      times: MIB,
      isSum: true,
    },
    {
      series: "gpu_power",
      names: ["DCGM_FI_DEV_POWER_USAGE_INSTANT", "DCGM_FI_DEV_POWER_USAGE"],
      times: 1,
      ...whole,
    },
    { series: "gpu_power_average", names: ["DCGM_FI_DEV_POWER_USAGE"], times: 1, ...whole },
    {
      series: "gpu_power_limit",
      names: ["DCGM_FI_DEV_ENFORCED_POWER_LIMIT", "DCGM_FI_DEV_POWER_MGMT_LIMIT"],
      times: 1,
      ...whole,
    },
    {
      series: "gpu_energy",
      names: ["DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION"],
      times: 1e-3,
      ...whole,
    },
    { series: "gpu_temperature", names: ["DCGM_FI_DEV_GPU_TEMP"], times: 1, ...whole },
    { series: "gpu_memory_temperature", names: ["DCGM_FI_DEV_MEMORY_TEMP"], times: 1, ...whole },
    { series: "gpu_clock_sm", names: ["DCGM_FI_DEV_SM_CLOCK"], times: 1, ...whole },
    { series: "gpu_clock_memory", names: ["DCGM_FI_DEV_MEM_CLOCK"], times: 1, ...whole },
    {
      series: "gpu_throttle_reasons",
      names: ["DCGM_FI_DEV_CLOCKS_EVENT_REASONS", "DCGM_FI_DEV_CLOCK_THROTTLE_REASONS"],
      times: 1,
      ...whole,
    },
    {
      series: "gpu_throttle_power",
      names: ["DCGM_FI_DEV_CLOCKS_EVENT_REASON_SW_POWER_CAP_NS"],
      times: 1e-9,
      ...whole,
    },
    {
      series: "gpu_throttle_thermal",
      names: [
        "DCGM_FI_DEV_CLOCKS_EVENT_REASON_SW_THERM_SLOWDOWN_NS",
        "DCGM_FI_DEV_CLOCKS_EVENT_REASON_HW_THERM_SLOWDOWN_NS",
      ],
      times: 1e-9,
      isSum: true,
      ...whole,
    },
    {
      series: "gpu_throttle_brake",
      names: ["DCGM_FI_DEV_CLOCKS_EVENT_REASON_HW_POWER_BRAKE_SLOWDOWN_NS"],
      times: 1e-9,
      ...whole,
    },
  ],
};

const nvidiaGpuExporter: Exporter = {
  kind: "nvidia_gpu_exporter",
  prefix: /^nvidia_smi_/,
  deviceLabels: ["uuid"],
  uuidLabel: "uuid",
  nameLabel: "name",
  usedExcludesReserved: true,
  rows: [
    { series: "gpu_utilization", names: ["nvidia_smi_utilization_gpu_ratio"], times: 100 },
    { series: "gpu_memory_busy", names: ["nvidia_smi_utilization_memory_ratio"], times: 1 },
    { series: "gpu_memory_used", names: ["nvidia_smi_memory_used_bytes"], times: 1 },
    { series: "gpu_memory_total", names: ["nvidia_smi_memory_total_bytes"], times: 1 },
    { series: "gpu_memory_reserved", names: ["nvidia_smi_memory_reserved_bytes"], times: 1 },
    {
      series: "gpu_power",
      names: ["nvidia_smi_power_draw_instant_watts", "nvidia_smi_power_draw_watts"],
      times: 1,
    },
    { series: "gpu_power_average", names: ["nvidia_smi_power_draw_average_watts"], times: 1 },
    { series: "gpu_power_limit", names: ["nvidia_smi_enforced_power_limit_watts"], times: 1 },
    { series: "gpu_energy", names: ["nvidia_smi_energy_joules_total"], times: 1 },
    { series: "gpu_temperature", names: ["nvidia_smi_temperature_gpu"], times: 1 },
    { series: "gpu_memory_temperature", names: ["nvidia_smi_temperature_memory"], times: 1 },
    { series: "gpu_clock_sm", names: ["nvidia_smi_clocks_current_sm_clock_hz"], times: 1e-6 },
    {
      series: "gpu_clock_memory",
      names: ["nvidia_smi_clocks_current_memory_clock_hz"],
      times: 1e-6,
    },
  ],
};

const amdMetrics: Exporter = {
  kind: "amd-exporter",
  prefix:
    /^(amd_)?gpu_(package_power|average_package_power|gfx_activity|used_vram|energy_consumed)/,
  deviceLabels: ["gpu_id", "serial_number"],
  uuidLabel: "gpu_uuid",
  nameLabel: "card_model",
  usedExcludesReserved: false,
  rows: [
    { series: "gpu_utilization", names: ["gpu_gfx_activity"], times: 1 },
    { series: "gpu_memory_busy", names: ["gpu_umc_activity"], times: 0.01 },
    { series: "gpu_memory_used", names: ["gpu_used_vram"], times: MIB },
    { series: "gpu_memory_total", names: ["gpu_total_vram"], times: MIB },
    { series: "gpu_power", names: ["gpu_package_power", "gpu_average_package_power"], times: 1 },
    { series: "gpu_power_average", names: ["gpu_average_package_power"], times: 1 },
    { series: "gpu_energy", names: ["gpu_energy_consumed"], times: 1e-6 },
    {
      series: "gpu_temperature",
      names: ["gpu_edge_temperature", "gpu_junction_temperature"],
      times: 1,
    },
    { series: "gpu_memory_temperature", names: ["gpu_memory_temperature"], times: 1 },
    {
      series: "gpu_clock_sm",
      names: ["gpu_clock"],
      labels: { clock_type: "GPU_CLOCK_TYPE_SYSTEM" },
      times: 1,
    },
    {
      series: "gpu_clock_memory",
      names: ["gpu_clock"],
      labels: { clock_type: "GPU_CLOCK_TYPE_MEMORY" },
      times: 1,
    },
  ],
};

export const exporters: readonly Exporter[] = [dcgm, nvidiaGpuExporter, amdMetrics];

/**
 * Values that stand for "none": DCGM's blanks of 64 and 32 bits and of doubles, each with three
 * neighbours that say why (dcgm_structs.h).
 */
export function isBlank(value: number): boolean {
  if (!Number.isFinite(value) || value >= 9.22e18) return true;
  const blanks = [0x7fff_fff0, 2 ** 47];
  return blanks.some((blank) => value >= blank && value <= blank + 3);
}

// What NAB itself publishes for other detectors on the series that we have: the check of our scorer, and the peers beside our figures.

/**
 * One series of `results/…_standard_scores.csv` in github.com/numenta/NAB: score under the standard profile of
 * - windowed Gaussian (commit de8e91a, threshold 1.0; 39.6 on all 58 series), with its rows of true and false alarms,
 * - HTM, the detector `numenta` (commit 4b89baf, threshold 0.542; 70.1 on all 58 series),
 * - ARTime (commit 5a98e4f, threshold 0.317; 74.9 on all 58 series).
 * Each threshold was optimised by NAB on all 58 series.
 */
interface PublishedScores {
  readonly windowedGaussian: { readonly score: number; readonly tp: number; readonly fp: number }
  readonly htm: number
  readonly artime: number
}

/** The threshold of the published windowed Gaussian. */
export const publishedGaussianThreshold = 1

const rows: readonly (readonly [name: string, score: number, tp: number, fp: number, htm: number, artime: number])[] = [
  ['artificialNoAnomaly/art_daily_no_noise.csv', 0, 0, 0, -0.22, -0.11],
  ['artificialNoAnomaly/art_daily_perfect_square_wave.csv', 0, 0, 0, 0, 0],
  ['artificialNoAnomaly/art_daily_small_noise.csv', 0, 0, 0, -0.22, 0],
  ['artificialNoAnomaly/art_flatline.csv', 0, 0, 0, 0, 0],
  ['artificialNoAnomaly/art_noisy.csv', 0, 0, 0, 0, 0],
  ['artificialWithAnomaly/art_daily_flatmiddle.csv', -1, 0, 0, 0.499996314723, 0.803973932675],
  ['artificialWithAnomaly/art_daily_jumpsdown.csv', -1, 0, 0, 0.748908670438, 0.99345305361],
  ['artificialWithAnomaly/art_daily_jumpsup.csv', -1, 0, 0, 0.86067182427, 0.858908670438],
  ['artificialWithAnomaly/art_daily_nojump.csv', -1, 0, 0, -1.27835146592, -1.11],
  ['artificialWithAnomaly/art_increase_spike_density.csv', -1, 0, 0, 0.86067182427, 0.846035950698],
  ['artificialWithAnomaly/art_load_balancer_spikes.csv', -0.692444609523, 18, 15, 0.734788146524, 0.049383282481],
  ['realAWSCloudwatch/ec2_cpu_utilization_825cc2.csv', 0.956537840284, 36, 0, 0.846537840284, 0.819554525214],
  ['realAWSCloudwatch/ec2_cpu_utilization_c6585a.csv', -1.32, 0, 12, -0.33, -0.11],
  ['realAWSCloudwatch/ec2_disk_write_bytes_1ef3de.csv', -4.19089678552, 9, 48, 0.59454409372, 0.467302453491],
  ['realAWSCloudwatch/ec2_network_in_257a54.csv', 0.86067182427, 4, 0, 0.86067182427, 0.764852012768],
  ['realAWSCloudwatch/elb_request_count_8c0756.csv', -0.138449197924, 1, 0, 1.60595613499, 1.363591385442],
  ['realAWSCloudwatch/grok_asg_anomaly.csv', 2.37942230674, 69, 3, 2.09185151682, 2.230665583083],
  ['realAWSCloudwatch/rds_cpu_utilization_e47b3b.csv', -0.138449197924, 2, 0, 1.71226928014, 1.405996220856],
  ['realKnownCause/ambient_temperature_system_failure.csv', -2, 0, 0, -0.758599859273, 1.65773265044],
  ['realKnownCause/cpu_utilization_asg_misconfiguration.csv', -1.11, 0, 1, -0.255718003788, -0.257470331859],
  ['realKnownCause/ec2_request_latency_system_failure.csv', 2.02150685678, 8, 0, 1.70586905384, 1.390583537746],
  ['realKnownCause/machine_temperature_system_failure.csv', -4, 0, 0, 1.36013273774, 2.556330192182],
  ['realKnownCause/nyc_taxi.csv', -5, 0, 0, 2.43572773247, 3.77521001372],
  ['realKnownCause/rogue_agent_key_hold.csv', -2.44, 0, 4, -1.11370102385, -1.280892312855],
  ['realKnownCause/rogue_agent_key_updown.csv', -1.3964908955, 1, 8, -1.29575982814, -2.567650916047],
  ['realTraffic/TravelTime_387.csv', -1.79598133079, 1, 6, 0.371826726451, 1.928470331],
  ['realTraffic/TravelTime_451.csv', -1, 0, 0, 0.55193672851, 0.854808373875],
  ['realTraffic/occupancy_6005.csv', -1, 0, 0, 0.861272490375, 0.360279046665],
  ['realTraffic/occupancy_t4013.csv', 1.72522152023, 3, 0, 1.6260251845, 1.614460448379],
  ['realTraffic/speed_7578.csv', 3.47059145681, 11, 1, 3.19572468045, 3.107731398028],
  ['realTraffic/speed_t4013.csv', 1.76631783122, 14, 0, 1.98462491465, 1.614460448379],
]

export const publishedScores: ReadonlyMap<string, PublishedScores> = new Map(
  rows.map(([name, score, tp, fp, htm, artime]) => [name, { windowedGaussian: { score, tp, fp }, htm, artime }]),
)

// @ts-nocheck
/**
 * Musubi
 * 1
 * DO NOT MODIFY - This file has been generated using oazapfts.
 * See https://www.npmjs.com/package/oazapfts
 */
import * as Oazapfts from "@oazapfts/runtime";
import * as QS from "@oazapfts/runtime/query";
export const defaults: Oazapfts.Defaults<Oazapfts.CustomHeaders> = {
    headers: {},
    baseUrl: "/"
};
const oazapfts = Oazapfts.runtime(defaults);
export const servers = {};
export type LatestItem = {
    /** Series id: {tenant}/{gateway}/{device}:{channel} */
    series: string;
    /** Gateway id: {tenant}/{gateway} */
    gateway: string;
    device: string;
    channel: string;
    site: string | null;
    siteKind: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other") | null;
    deviceLabel: {
        ja: string;
        en: string;
    };
    label: {
        ja: string;
        en: string;
    };
    unit: string | null;
    value: number | null;
    text: string | null;
    quality: "good" | "uncertain" | "bad";
    reason: string | null;
    time: number | null;
};
export type SiteItem = {
    /** Site id: {tenant}/{gateway}/{site} */
    id: string;
    kind: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
    name: {
        ja: string;
        en: string;
    };
    position: {
        lat: number;
        lon: number;
    };
    /** GeoJSON; absent: no outline is known */
    area?: {
        "type": "Polygon";
        coordinates: number[][][];
    };
    gateway: string;
    state: "good" | "warning" | "critical" | "offline";
    openAlarms: number;
    series: LatestItem[];
};
export type SeriesItem = {
    series: string;
    gateway: string;
    device: string;
    channel: string;
    site: string | null;
    label: {
        ja: string;
        en: string;
    };
    unit: string | null;
    intervalS: number | null;
    calibration: {
        method: "linear" | "two-point" | "table";
        /** e.g. 2026-04-01 */
        date?: string;
        /** e.g. 2026-04-01 */
        due?: string;
    } | null;
};
export type GatewayItem = {
    /** Gateway id: {tenant}/{gateway} */
    id: string;
    label: {
        ja: string;
        en: string;
    };
    state: "online" | "offline";
    reason: ("shutdown" | "lost") | null;
    /** Since when it is in this state */
    since: number;
    epoch: string | null;
    agent: string | null;
    devices: number;
    sites: number;
    models: {
        id: string;
        version: string;
    }[];
    /** Packages that it does not use; the reason begins with the fault of docs/models.md */
    refusedModels: {
        "package": string;
        reason: string;
    }[];
    /** What it can be asked to do; choices: of what, e.g. the cameras whose frames it may send */
    commands: {
        kind: string;
        choices: string[];
    }[];
    lastSeen: number | null;
    outboxDepth: number | null;
    condition: {
        timeMs: number;
        sinceMs: number;
        devices: {
            id: string;
            connection?: string;
            state: "ok" | "failing" | "offline";
            sinceMs?: number;
            code?: string;
            errors: {
                code: string;
                count: number;
            }[];
        }[];
        connections: {
            id: string;
            devices: number;
        }[];
        dropped: {
            what: "readings" | "events";
            reason: string;
            count: number;
        }[];
        certificate?: {
            subject: string;
            issuer: string;
            serial: string;
            notBeforeMs: number;
            notAfterMs: number;
            renewal: {
                state: "kept" | "waiting" | "failed";
                code?: string;
                atMs?: number;
            };
        };
    } | null;
};
export type UiSettings = {
    /** open: nobody is known to this hub, and everybody may do everything */
    access: "open" | "sign-in";
    tiles: {
        url: string;
        attribution: string;
        maxZoom: number;
    } | null;
    identityProvider: {
        ja: string;
        en: string;
    } | null;
};
export type DeadLetterItem = {
    time: number;
    topic: string;
    code: string;
    reason: string;
    /** base64, cut to 64 KiB */
    payload: string;
};
export type RawReadings = {
    series: string;
    unit: string | null;
    "from": number;
    to: number;
    time: number[];
    value: (number | null)[];
    quality: ("good" | "uncertain" | "bad")[];
    text: (string | null)[];
    truncated: boolean;
};
export type BucketedReadings = {
    series: string;
    unit: string | null;
    "from": number;
    to: number;
    time: number[];
    min: number[];
    mean: number[];
    max: number[];
    count: number[];
};
export type AlarmItem = {
    id: string;
    rule: string;
    /** Kind of its rule */
    kind: string;
    series: string | null;
    device: string | null;
    site: string | null;
    gateway: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    state: "open" | "cleared";
    acknowledged: boolean;
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    value: number | null;
    /** When its condition began, the last time that it did */
    raisedAt: number;
    clearedAt: number | null;
    /** How often its condition has begun since it is open */
    occurrence: number;
    acknowledgedAt: number | null;
    acknowledgedBy: string | null;
    comment: string | null;
    assignee: string | null;
    /** Why people are not told of it now */
    suppressions: ("shelved" | "maintenance" | "gateway-offline" | "device-silent" | "flapping" | "same-fault")[];
    shelvedUntil: number | null;
    /** How many alarms hang on what this one says is down */
    hides: number;
    storm: string | null;
    workOrder: {
        id: string;
        "number": number;
        state: string;
    } | null;
};
export type AlarmsPage = {
    items: AlarmItem[];
    next: string | null;
};
export type AlarmLogItem = {
    id: string;
    time: number;
    action: string;
    by: string | null;
    detail: string | null;
};
export type StormItem = {
    id: string;
    cause: "rule-at-site" | "site" | "rule-at-gateway" | "gateway" | "rule";
    /** What its members have in common */
    place: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    members: number;
    startedAt: number;
};
export type StormActBody = {
    act: "acknowledge" | "shelve" | "unshelve" | "assign";
    /** Who; where people sign in it is who signed in */
    by?: string;
    /** To acknowledge */
    comment?: string;
    /** To shelve: Unix ms, at most 31 days from now */
    until?: number;
    reason?: string;
    assignee?: string | null;
};
export type StormActAnswer = {
    /** One for each member that it changes something for */
    items: {
        alarm: string;
        outcome: "done" | "refused";
        code: string | null;
    }[];
    /** Members for which it was so already */
    unchanged: number;
    /** Members beyond the 500 of one request: ask again */
    left: number;
};
export type AcknowledgeBody = {
    /** Who; where people sign in it is who signed in */
    by?: string;
    comment?: string;
};
export type ShelveBody = {
    /** Who; where people sign in it is who signed in */
    by?: string;
    /** Unix ms, at most 31 days from now */
    until: number;
    reason: string;
};
export type AssignBody = {
    /** Who; where people sign in it is who signed in */
    by?: string;
    assignee: string | null;
};
export type CommentBody = {
    /** Who; where people sign in it is who signed in */
    by?: string;
    text: string;
};
export type MaintenanceItem = {
    id: string;
    scope: "tenant" | "gateway" | "site" | "device";
    /** The tenant, or the id of the gateway, site or device */
    place: string;
    "from": number;
    to: number;
    reason: string;
    by: string | null;
};
export type MaintenanceBody = {
    scope: "tenant" | "gateway" | "site" | "device";
    place: string;
    /** Without it: now */
    "from"?: number;
    to: number;
    reason: string;
    /** Who; where people sign in it is who signed in */
    by?: string;
};
export type ThresholdRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "threshold";
    match: {
        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
        site?: string;
        gateway?: string;
        profile?: string;
        device?: string;
        channel?: string;
    };
    below?: number;
    above?: number;
    hysteresis: number;
    schedule?: {
        when: {
            time?: {
                /** e.g. 22:30 */
                "from": string;
                /** e.g. 22:30 */
                to: string;
            };
            season?: {
                /** e.g. 06-15 */
                "from": string;
                /** e.g. 06-15 */
                to: string;
            };
            sun?: {
                above?: number;
                below?: number;
            };
            stage?: string[];
        };
        below?: number;
        above?: number;
        hysteresis?: number;
    }[];
    stages?: {
        id: string;
        /** e.g. 2026-05-01 */
        "from": string;
    }[];
    timeZone?: string;
    unit?: string;
    onDelayS: number;
    offDelayS: number;
    "while"?: {
        channel: string;
        above?: number;
        below?: number;
    };
    places?: {
        match: {
            siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
            site?: string;
            gateway?: string;
            profile?: string;
            device?: string;
            channel?: string;
        };
        "set": {
            below?: number;
            above?: number;
            schedule?: {
                when: {
                    time?: {
                        /** e.g. 22:30 */
                        "from": string;
                        /** e.g. 22:30 */
                        to: string;
                    };
                    season?: {
                        /** e.g. 06-15 */
                        "from": string;
                        /** e.g. 06-15 */
                        to: string;
                    };
                    sun?: {
                        above?: number;
                        below?: number;
                    };
                    stage?: string[];
                };
                below?: number;
                above?: number;
                hysteresis?: number;
            }[];
            stages?: {
                id: string;
                /** e.g. 2026-05-01 */
                "from": string;
            }[];
            timeZone?: string;
            hysteresis?: number;
            onDelayS?: number;
            offDelayS?: number;
            disabled?: boolean;
        };
    }[];
};
export type RateRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "rate";
    match: {
        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
        site?: string;
        gateway?: string;
        profile?: string;
        device?: string;
        channel?: string;
    };
    windowS: number;
    perS: number;
    above?: number;
    below?: number;
    hysteresis: number;
    unit?: string;
    onDelayS: number;
    offDelayS: number;
    places?: {
        match: {
            siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
            site?: string;
            gateway?: string;
            profile?: string;
            device?: string;
            channel?: string;
        };
        "set": {
            windowS?: number;
            perS?: number;
            above?: number;
            below?: number;
            hysteresis?: number;
            onDelayS?: number;
            offDelayS?: number;
            disabled?: boolean;
        };
    }[];
};
export type DeadManRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "dead-man";
    match: {
        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
        site?: string;
        gateway?: string;
        profile?: string;
        device?: string;
        channel?: string;
    };
    intervals: number;
    atLeastS: number;
};
export type GatewayOfflineRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "gateway-offline";
    reason: "lost" | "shutdown";
    onDelayS: number;
};
export type EventRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "event";
    event: "inspection" | "anomaly" | "lamp-fault" | "canopy" | "road-damage" | "display" | "teaching";
    match: {
        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
        site?: string;
        gateway?: string;
        profile?: string;
        source?: string;
        model?: string;
    };
    bad?: {
        states?: ("raised" | "cleared" | "pass" | "reject" | "reading")[];
        classes?: string[];
        scoreAbove?: number;
    };
    count?: {
        atLeast: number;
        "of": number;
        clearBelow?: number;
        withinS?: number;
    };
    onDelayS: number;
    offDelayS: number;
};
export type CompositeRule = {
    id: string;
    severity: "critical" | "major" | "minor" | "warning" | "info";
    title: {
        ja: string;
        en: string;
    };
    advice: {
        ja: string;
        en: string;
    };
    disabled?: boolean;
    hiddenBy?: string[];
    kind: "composite";
    by: "series" | "device" | "site" | "gateway";
    "of": {
        rule: string;
    } | {
        all: ({
            rule: string;
        } | {
            all: ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            "any": ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            not: {
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            };
        })[];
    } | {
        "any": ({
            rule: string;
        } | {
            all: ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            "any": ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            not: {
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            };
        })[];
    } | {
        not: {
            rule: string;
        } | {
            all: ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            "any": ({
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            })[];
        } | {
            not: {
                rule: string;
            } | {
                all: ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                "any": ({
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                })[];
            } | {
                not: {
                    rule: string;
                } | {
                    all: {
                        rule: string;
                    }[];
                } | {
                    "any": {
                        rule: string;
                    }[];
                } | {
                    not: {
                        rule: string;
                    };
                };
            };
        };
    };
    onDelayS: number;
    offDelayS: number;
};
export type PreviewBody = {
    /** e.g. kimitsu */
    tenant: string;
    rule: {
        [key: string]: any;
    };
    /** ISO 8601 or Unix ms */
    "from"?: string;
    /** ISO 8601 or Unix ms */
    to?: string;
};
export type PreviewAnswer = {
    "from": number;
    /** Up to which event time was judged: before the end where a bound was reached */
    through: number;
    /** Everything that the rule watches was judged */
    complete: boolean;
    series: number;
    seriesWatched: number;
    readings: number;
    events: number;
    /** How often it would have raised */
    raised: number;
    /** At how many places */
    subjects: number;
    /** The first 1,000, oldest first */
    intervals: {
        subject: string;
        gateway: string;
        device: string | null;
        series: string | null;
        site: string | null;
        raisedAt: number;
        clearedAt: number | null;
        value: number | null;
    }[];
};
export type WorkOrderItem = {
    id: string;
    /** What people call it by */
    "number": number;
    tenant: string;
    state: "open" | "dispatched" | "fixed" | "verified" | "cancelled";
    title: {
        ja: string;
        en: string;
    };
    severity: "critical" | "major" | "minor" | "warning" | "info";
    /** Empty: no alarm began it, but what a citizen reported */
    gateway: string;
    site: string | null;
    /** Ids of the alarms that it is about */
    alarms: string[];
    assignee: string | null;
    /** When the trouble began */
    begunAt: number;
    openedAt: number;
    dispatchedAt: number | null;
    fixedAt: number | null;
    closedAt: number | null;
    repairS: number | null;
};
export type WorkOrdersPage = {
    items: WorkOrderItem[];
    next: string | null;
};
export type NewWorkOrder = {
    alarms: string[];
    title?: {
        ja: string;
        en: string;
    };
    assignee?: string;
    by?: string;
};
export type WorkOrderDetail = {
    id: string;
    /** What people call it by */
    "number": number;
    tenant: string;
    state: "open" | "dispatched" | "fixed" | "verified" | "cancelled";
    title: {
        ja: string;
        en: string;
    };
    severity: "critical" | "major" | "minor" | "warning" | "info";
    /** Empty: no alarm began it, but what a citizen reported */
    gateway: string;
    site: string | null;
    /** Ids of the alarms that it is about */
    alarms: string[];
    assignee: string | null;
    /** When the trouble began */
    begunAt: number;
    openedAt: number;
    dispatchedAt: number | null;
    fixedAt: number | null;
    closedAt: number | null;
    repairS: number | null;
    log: {
        time: number;
        action: string;
        by: string | null;
        detail: string | null;
    }[];
};
export type WorkOrderChangeBody = {
    state?: "open" | "dispatched" | "fixed" | "verified" | "cancelled";
    assignee?: string | null;
    comment?: string;
    by?: string;
};
export type NotificationInfo = {
    /** Set up on this hub */
    channels: string[];
    pushKey: string | null;
};
export type MyPreferences = {
    preferences: {
        language?: "ja" | "en";
        timeZone: string;
        /** What is told: any of them fits */
        topics: {
            tenants?: string[];
            /** Site ids: {tenant}/{gateway}/{site} */
            sites?: string[];
            siteKinds?: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other")[];
            /** Rule ids */
            rules?: string[];
            /** e.g. threshold, dead-man */
            ruleKinds?: string[];
            severity: "critical" | "major" | "minor" | "warning" | "info";
        }[];
        /** Of the disaster broadcast; absent or empty: nothing */
        bulletins?: {
            tenants?: string[];
            severity: "critical" | "major" | "minor" | "warning" | "info";
        }[];
        /** New citizens' reports, for who may handle them; absent: they are told */
        reports?: boolean;
        /** In the order of liking */
        channels: ("push" | "line" | "email")[];
        /** first: the next channel only where the one before fails; all: every channel */
        spread: "first" | "all";
        quietHours: {
            /** e.g. 22:00 */
            "from": string;
            /** e.g. 22:00 */
            to: string;
            /** Days on which they begin, 0 = Sunday; absent: every day */
            days?: number[];
            /** Critical alarms are told in quiet hours too */
            criticalAnyway: boolean;
        } | null;
        digest: "none" | "hourly" | "daily";
        /** e.g. 22:00 */
        digestAt: string;
        atOnce: "critical" | "major" | "minor" | "warning" | "info";
        cleared: boolean;
    };
    /** false: what suits the role; nothing was saved yet */
    saved: boolean;
    addresses: {
        email: string | null;
        line: string | null;
        browsers: number;
    };
};
export type SubscriptionBody = {
    endpoint: string;
    keys: {
        p256dh: string;
        auth: string;
    };
    /** e.g. the name of the browser */
    label?: string;
    /** Id of an earlier subscription of the same browser: it goes, and its label stays */
    replaces?: string;
};
export type LineAddressBody = {
    address: string | null;
};
export type TestBody = {
    channel: "push" | "line" | "email";
};
export type CalendarDayItem = {
    date: string;
    /** 0 = Sunday */
    weekday: number;
    holiday: {
        ja: string;
        en: string;
    } | null;
    shifts: {
        "from": number;
        to: number;
        people: string[];
        because: string;
    }[];
};
export type RecipientItem = {
    id: string;
    name: string;
    /** Of those that the asker may set up; `*`: every one */
    tenants: string[];
};
export type CommandBody = {
    /** What the gateway shall do */
    kind: "restart" | "doctor" | "diagnostic-bundle" | "frame" | "identify";
    arguments?: {
        /** identify: how long it blinks */
        seconds?: number;
        /** frame: of which camera */
        camera?: string;
    };
    /** Who asks, for the audit */
    by?: string;
};
export type IntakeAnswer = {
    items: {
        id: string | null;
        identifier: string;
        /** expired: it was over before it came; late: what it says was updated or cancelled before */
        outcome: "new" | "updated" | "cancelled" | "duplicate" | "expired" | "late";
    }[];
    faults: {
        code: string;
        detail: string;
        identifier: string;
    }[];
    /** Messages that are not for the public, and entries without a title */
    leftOut: number;
};
export type BulletinSource = {
    id: string;
    tenant: string;
    name: {
        ja: string;
        en: string;
    };
    /** Of its address */
    host: string;
    everyS: number;
    "public": boolean;
    push: boolean;
    polled: number | null;
    read: number | null;
    /** One after the other; 0: the last time it could be read */
    failures: number;
    next: number | null;
    /** The newest, newest first */
    faults: {
        /** Unix ms */
        time: number;
        code: string;
        detail: string;
        identifier: string;
    }[];
};
export type SeriesPublication = {
    "public": boolean;
    /** A reading appears so long after it was made; default 15 */
    delayMin?: number;
    /** Values become multiples of this; without it as measured */
    roundTo?: number;
    /** Decimals of the degrees of the place; null: no place. Default 3, some 100 m */
    placeDecimals?: number | null;
    /** Unix ms; earlier readings stay private. Default: when it was switched on */
    since?: number;
    /** What takes the place of the names of site and device */
    title?: {
        ja: string;
        en: string;
    };
};
export type SeriesPublicationItem = {
    series: string;
    settings: SeriesPublication;
    changedAt: number;
    changedBy: string | null;
};
export type ListPublicationItem = {
    tenant: string;
    kind: string;
    settings: {
        "public": boolean;
    };
    changedAt: number;
    changedBy: string | null;
};
export type Publications = {
    series: SeriesPublicationItem[];
    lists: ListPublicationItem[];
};
export type SpotSettings = {
    name: {
        ja: string;
        en: string;
    };
    kind: "shelter" | "spot";
    position?: {
        lat: number;
        lon: number;
    };
    clients?: string[];
    cameras?: string[];
    /** People */
    capacity?: number;
    /** Everybody may see how full it is */
    "public": boolean;
};
export type CrowdingDetail = {
    /** {tenant}/{id} */
    id: string;
    name: {
        ja: string;
        en: string;
    };
    kind: "shelter" | "spot";
    position: {
        lat: number;
        lon: number;
    } | null;
    state: ("open" | "closed" | "full") | null;
    stateAgeS: number | null;
    people: number | null;
    error: number | null;
    source: ("count" | "access-points" | "cameras") | null;
    ageS: number | null;
    capacity: number | null;
    level: ("free" | "filling" | "crowded" | "full") | null;
    cannotTell: {
        ja: string;
        en: string;
    } | null;
    settings: SpotSettings;
    calibration: {
        base: number;
        error: number;
        counts: number;
        perClient: number;
    } | null;
    cameraCalibration: {
        base: number;
        error: number;
        counts: number;
        perSeen: number;
    } | null;
};
export type CountBody = {
    /** How many are there */
    people?: number;
    /** How many came, or left if below 0, since the last count */
    change?: number;
};
export type ReportForm = {
    bounds: {
        south: number;
        west: number;
        north: number;
        east: number;
    };
    kinds: ("road" | "street-light" | "other")[];
    mostTextLength: number;
    mostPhotos: number;
};
export type NewReport = {
    /** 256 random bits in base64url that the sender makes; whoever knows them sees what becomes of the report */
    secret: string;
    kind: "road" | "street-light" | "other";
    text: string;
    position: {
        lat: number;
        lon: number;
    };
    /** ID in the published list of street lights */
    lamp?: string;
    photos?: string[];
    /** Only where the person wants to be asked back */
    contact?: string;
};
export type PublicReport = {
    "number": number;
    kind: "road" | "street-light" | "other";
    text: string;
    position: {
        lat: number;
        lon: number;
    };
    /** How many; they are shown to staff alone */
    photos: number;
    /** Why photos that came with it are not kept, one each: people or number plates could not be covered for sure, it is no picture, or nothing can be covered now */
    photosLeftOut: ("unsure" | "mostly-covered" | "dark" | "small" | "unreadable" | "unavailable")[];
    state: "received" | "looked-at" | "ordered" | "mended" | "declined" | "merged" | "withdrawn";
    answer: string | null;
    /** Somebody had told of the same before: state and answer are those of that report */
    known: boolean;
    receivedAt: number;
    changedAt: number;
};
export type ReportItem = {
    id: string;
    /** What people call it by */
    "number": number;
    tenant: string;
    kind: "road" | "street-light" | "other";
    text: string;
    position: {
        lat: number;
        lon: number;
    };
    lamp: {
        id: string;
        name: string;
    } | null;
    photos: number;
    /** Why photos that came with it are not kept, one each: people or number plates could not be covered for sure, it is no picture, or nothing can be covered now */
    photosLeftOut: ("unsure" | "mostly-covered" | "dark" | "small" | "unreadable" | "unavailable")[];
    state: "received" | "looked-at" | "ordered" | "mended" | "declined" | "merged" | "withdrawn";
    answer: string | null;
    workOrder: {
        id: string;
        "number": number;
        state: string;
    } | null;
    mergedInto: {
        id: string;
        "number": number;
    } | null;
    /** Other reports of the same kind near in place and time */
    near: number;
    receivedAt: number;
    changedAt: number;
    closedAt: number | null;
};
export type ReportsPage = {
    items: ReportItem[];
    next: string | null;
};
export type SecretBody = {
    /** 256 random bits in base64url that the sender makes; whoever knows them sees what becomes of the report */
    secret: string;
};
export type ReplacementBody = {
    /** 256 random bits in base64url that the sender makes; whoever knows them sees what becomes of the report */
    secret: string;
    /** JPEG, PNG or WebP, base64 */
    photo: string;
};
export type ReportDetail = {
    id: string;
    /** What people call it by */
    "number": number;
    tenant: string;
    kind: "road" | "street-light" | "other";
    text: string;
    position: {
        lat: number;
        lon: number;
    };
    lamp: {
        id: string;
        name: string;
    } | null;
    photos: number;
    /** Why photos that came with it are not kept, one each: people or number plates could not be covered for sure, it is no picture, or nothing can be covered now */
    photosLeftOut: ("unsure" | "mostly-covered" | "dark" | "small" | "unreadable" | "unavailable")[];
    state: "received" | "looked-at" | "ordered" | "mended" | "declined" | "merged" | "withdrawn";
    answer: string | null;
    workOrder: {
        id: string;
        "number": number;
        state: string;
    } | null;
    mergedInto: {
        id: string;
        "number": number;
    } | null;
    /** Other reports of the same kind near in place and time */
    near: number;
    receivedAt: number;
    changedAt: number;
    closedAt: number | null;
    contact: string | null;
    nearReports: {
        id: string;
        "number": number;
        state: "received" | "looked-at" | "ordered" | "mended" | "declined" | "merged" | "withdrawn";
        text: string;
        distanceM: number;
        receivedAt: number;
    }[];
    log: {
        time: number;
        action: string;
        by: string | null;
        detail: string | null;
    }[];
};
export type ReportChangeBody = {
    state: "looked-at" | "mended" | "declined" | "merged";
    /** Shown to whoever reported it */
    answer?: string;
    /** With merged: id of the report that stays */
    into?: string;
    by?: string;
};
export type ReportOrderBody = {
    title?: string;
    severity?: "critical" | "major" | "minor" | "warning" | "info";
    assignee?: string;
    by?: string;
};
export type FlightItem = {
    /** Flight id: {tenant}/{flight} */
    id: string;
    gateway: string;
    camera: string | null;
    /** Time of the first image, Unix ms */
    "from": number;
    to: number;
    images: number;
    bytes: number;
    sites: {
        site: string;
        images: number;
    }[];
    footprint: {
        "type": "Polygon";
        coordinates: number[][][];
    } | null;
};
export type ImageItem = {
    /** Image id: {tenant}/{sha256} */
    id: string;
    sha256: string;
    /** Gateway id: {tenant}/{gateway} */
    gateway: string;
    /** File name at the gateway */
    name: string;
    mediaType: string;
    bytes: number;
    /** When it was taken, Unix ms */
    time: number;
    receivedAt: number;
    flight: string | null;
    site: string | null;
    facts: {
        timeMs: number;
        timeFrom: "exif" | "gps" | "file" | "gateway";
        flight?: string;
        device?: string;
        width?: number;
        height?: number;
        position?: {
            lat: number;
            lon: number;
        };
        altitudeM?: number;
        relativeAltitudeM?: number;
        gimbal?: {
            yawDeg: number;
            pitchDeg: number;
            rollDeg: number;
        };
        focalLengthPx?: number;
        camera?: {
            make?: string;
            model?: string;
            serial?: string;
        };
        band?: {
            name: string;
            wavelengthNm?: number;
        };
        capture?: string;
        exposure?: {
            timeS?: number;
            fNumber?: number;
            iso?: number;
        };
    };
    footprint: {
        "type": "Polygon";
        coordinates: number[][][];
    } | null;
};
export type FlightDetail = {
    /** Flight id: {tenant}/{flight} */
    id: string;
    gateway: string;
    camera: string | null;
    /** Time of the first image, Unix ms */
    "from": number;
    to: number;
    images: number;
    bytes: number;
    sites: {
        site: string;
        images: number;
    }[];
    footprint: {
        "type": "Polygon";
        coordinates: number[][][];
    } | null;
    list: ImageItem[];
    truncated: boolean;
};
export type InstallationBody = {
    id: string;
    kind: "new" | "replaced-gateway" | "replaced-device";
    engineer: string;
    place: {
        name: string;
        lat: number;
        lon: number;
        /** How the position was found */
        source: "gps" | "map" | "photo";
        accuracyM?: number;
    };
    /** By the clock of the phone, Unix ms */
    signedOff: number;
    note?: string;
    replaced?: {
        /** Device id; absent: the gateway itself */
        device?: string;
        reason?: string;
        oldSerial?: string;
        newSerial?: string;
    };
    /** JPEG, base64 */
    photo?: string;
    record: {
        record: string;
        certificate: string;
        signature: string;
    };
};
export type InstallationItem = {
    id: string;
    kind: "new" | "replaced-gateway" | "replaced-device";
    engineer: string;
    place: {
        name: string;
        lat: number;
        lon: number;
        /** How the position was found */
        source: "gps" | "map" | "photo";
        accuracyM?: number;
    };
    /** Gateway id: {tenant}/{gateway} */
    gateway: string;
    signedOff: number;
    received: number;
    note: string | null;
    replaced: {
        /** Device id; absent: the gateway itself */
        device?: string;
        reason?: string;
        oldSerial?: string;
        newSerial?: string;
    } | null;
    photo: string | null;
    /** Serial number of the certificate that the checks are signed with */
    certificate: string;
    results: {
        passed: boolean;
        clock: boolean;
        uplink: boolean;
        devices: {
            id: string;
            profile: string;
            label: {
                ja: string;
                en: string;
            };
            passed: boolean;
        }[];
    };
};
export type InstallationDetail = {
    id: string;
    kind: "new" | "replaced-gateway" | "replaced-device";
    engineer: string;
    place: {
        name: string;
        lat: number;
        lon: number;
        /** How the position was found */
        source: "gps" | "map" | "photo";
        accuracyM?: number;
    };
    /** Gateway id: {tenant}/{gateway} */
    gateway: string;
    signedOff: number;
    received: number;
    note: string | null;
    replaced: {
        /** Device id; absent: the gateway itself */
        device?: string;
        reason?: string;
        oldSerial?: string;
        newSerial?: string;
    } | null;
    photo: string | null;
    /** Serial number of the certificate that the checks are signed with */
    certificate: string;
    results: {
        passed: boolean;
        clock: boolean;
        uplink: boolean;
        devices: {
            id: string;
            profile: string;
            label: {
                ja: string;
                en: string;
            };
            passed: boolean;
        }[];
    };
    checks: {
        v: 1;
        id: string;
        gateway: string;
        agent: string;
        startedMs: number;
        finishedMs: number;
        clock: {
            passed: boolean;
            offsetMs: number;
        };
        uplink: {
            passed: boolean;
        };
        devices: {
            id: string;
            profile: string;
            label: {
                ja: string;
                en: string;
            };
            answered: boolean;
            confirmed: "change" | "engineer" | "no";
            readings: {
                channel: string;
                value: number | string | boolean | null;
                unit?: string;
                timeMs: number;
            }[];
        }[];
        passed: boolean;
    };
    record: {
        record: string;
        certificate: string;
        signature: string;
    };
};
export type RolloutItem = {
    id: string;
    name: string;
    state: "running" | "halted" | "done" | "aborted";
    reason: string | null;
    createdBy: string;
    /** Unix ms */
    created: number;
    /** The wave under way, from 0 */
    wave: number;
    waves: number;
    maxFailures: number;
    gateways: {
        /** {tenant}/{gateway} */
        gateway: string;
        wave: number;
        revision: number;
        state: "waiting" | "offered" | "applied" | "failed";
        code: string | null;
        message: string | null;
        /** Unix ms */
        updated: number;
    }[];
};
export type NewRolloutBody = {
    name: string;
    /** Who asks, for the audit */
    by: string;
    documents: {
        v: 1;
        document: string;
        keyId: string;
        signature: string;
    }[];
    waves?: ({
        percent: number;
    } | {
        site: string;
    } | {
        gateways: string[];
    })[];
    maxFailures?: number;
    patienceS?: number;
};
export type GatewaySets = {
    gateway: string;
    /** When the report came, Unix ms */
    received: number;
    reported: {
        v: 1;
        timeMs: number;
        running: {
            revision: number;
            items: {
                kind: "config" | "profile" | "model" | "flow" | "agent";
                id: string;
                version: string;
                sha256: string;
                bytes: number;
            }[];
            agent?: string;
        };
        desired?: {
            revision: number;
            phase: "waiting" | "staging" | "trial" | "done";
            sinceMs: number;
            fault?: {
                code: string;
                message: string;
            };
            results: {
                kind: "config" | "profile" | "model" | "flow" | "agent";
                id: string;
                version: string;
                result: "applied" | "applied-after-retry" | "refused" | "rolled-back" | "cannot-roll-back";
                code?: string;
                message?: string;
                startedMs: number;
                endedMs: number;
            }[];
        };
        refused?: {
            code: string;
            message: string;
            revision?: number;
            payload?: string;
            timeMs: number;
        };
    };
};
export type AuditItem = {
    time: number;
    by: string;
    remote: string;
    action: string;
    rollout: string;
    detail: string;
};
export type SiteHead = {
    /** Site id: {tenant}/{gateway}/{site} */
    id: string;
    kind: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
    name: {
        ja: string;
        en: string;
    };
    position: {
        lat: number;
        lon: number;
    };
    /** GeoJSON; absent: no outline is known */
    area?: {
        "type": "Polygon";
        coordinates: number[][][];
    };
    gateway: string;
    state: "good" | "warning" | "critical" | "offline";
    openAlarms: number;
};
export type CityNow = {
    /** Id of the newest event of the live stream that is in here */
    at: string;
    /** Their series are those of `latest` that name them */
    sites: SiteHead[];
    /** The newest reading of each series */
    latest: LatestItem[];
    alarms: AlarmsPage;
    gateways: GatewayItem[];
};
export type SignInBody = {
    /** Id or e-mail */
    name: string;
    password: string;
    /** Of the authenticator, or a recovery code */
    code?: string;
};
export type Me = {
    kind: "person" | "token" | "open";
    person: string;
    name: string;
    language: "ja" | "en";
    memberships: {
        tenant: string;
        role: string;
    }[];
    rights: {
        tenant: string;
        rights: string[];
    }[];
    hasPassword: boolean;
    /** An authenticator or a passkey is set up */
    secondFactor: boolean;
    authenticator: boolean;
    signOutAt: string | null;
    /** Nothing is allowed before a second factor is set up, or the person signs in again with the one there is */
    needsSecondFactor: boolean;
};
export type LinkBody = {
    link: string;
    password: string;
};
export type SessionItem = {
    id: string;
    method: string;
    remote: string;
    agent: string;
    createdAt: number;
    seenAt: number;
    isThis: boolean;
};
export type ConfirmBody = {
    /** One's password; not needed within ten minutes of a sign-in by passkey or identity provider */
    password?: string;
};
export type CodeBody = {
    /** One's password; not needed within ten minutes of a sign-in by passkey or identity provider */
    password?: string;
    /** Of the authenticator, or a recovery code */
    code: string;
};
export type PasskeyItem = {
    id: string;
    name: string;
    /** The name of the hub for which it was made */
    site: string;
    createdAt: number;
    usedAt: number | null;
};
export type NewPasskey = {
    item: PasskeyItem;
    recoveryCodes: string[] | null;
};
export type ProviderBody = {
    /** A path of this hub, to go on to */
    next?: string;
    link?: string;
};
export type ProviderLinkBody = {
    /** One's password; not needed within ten minutes of a sign-in by passkey or identity provider */
    password?: string;
    /** A path of this hub, to go on to */
    next?: string;
};
export type TenantItem = {
    id: string;
    name: {
        ja: string;
        en: string;
    };
    kind: string;
    createdAt: number;
};
export type TenantBody = {
    /** As in topics */
    id: string;
    name: {
        ja: string;
        en: string;
    };
    kind: "city" | "farm" | "factory";
};
export type TenantChange = {
    name: {
        ja: string;
        en: string;
    };
    kind: "city" | "farm" | "factory";
};
export type PersonItem = {
    id: string;
    name: string;
    language: "ja" | "en";
    email: string | null;
    /** Those in tenants that the asker may see */
    memberships: {
        tenant: string;
        role: string;
    }[];
    createdAt: number;
    suspendedAt: number | null;
    hasPassword: boolean;
    secondFactor: boolean;
};
export type PersonBody = {
    /** What they sign in with */
    id: string;
    name: string;
    language?: "ja" | "en";
    email?: string;
    memberships: {
        /** A tenant, or * for all of them */
        tenant: string;
        role: "viewer" | "operator" | "engineer" | "manager" | "auditor" | "admin";
    }[];
};
export type NewPerson = {
    person: PersonItem;
    /** A secret, good once until `expiresAt`: /sign-in#link=… */
    link: string;
    expiresAt: number;
};
export type PersonChange = {
    name?: string;
    language?: "ja" | "en";
    email?: string | null;
    suspended?: boolean;
    memberships?: {
        /** A tenant, or * for all of them */
        tenant: string;
        role: "viewer" | "operator" | "engineer" | "manager" | "auditor" | "admin";
    }[];
};
export type TokenItem = {
    id: string;
    person: string;
    name: string;
    tenant: string;
    rights: string[];
    createdAt: number;
    expiresAt: number;
    usedAt: number | null;
};
export type TokenBody = {
    name: string;
    /** A tenant, or * for all of them */
    tenant: string;
    rights: ("see" | "see-pictures" | "handle-alarms" | "correct" | "command" | "see-commands" | "install" | "see-installations" | "deploy" | "see-deployments" | "edit-rules" | "publish" | "issue-bulletins" | "edit-notification" | "see-notification" | "operate" | "see-people" | "manage-people" | "back-up" | "read-audit")[];
    /** Unix ms, at most 400 days from now */
    expires: number;
    /** Whose it is: on the command line alone; otherwise of the one who asks */
    person?: string;
};
export type NewTokenItem = {
    /** Shown this once */
    token: string;
    item: TokenItem;
};
export type AuditCheck = {
    /** Each row of the whole log follows from the one before */
    ok: boolean;
    checkedAt: number;
    /** So many rows hold, from the first on */
    rows: number;
    head: string | null;
};
export type ImportReport = {
    /** Below the headings, without empty ones */
    rows: number;
    /** That were understood */
    places: number;
    added: number;
    changed: number;
    unchanged: number;
    removed: number;
    counts: {
        code: string;
        title: string;
        repaired: number;
        kept: number;
        leftOut: number;
    }[];
    /** In the order of the file; at most 5,000 */
    findings: {
        /** Of the file, from 1; 0: the file as a whole */
        line: number;
        column: string;
        /** docs/open-data.md lists them */
        code: string;
        outcome: "repaired" | "kept" | "left-out";
        was: string;
        became: string;
    }[];
    /** false: there are more findings than are listed */
    isComplete: boolean;
};
/**
 * The newest reading of each series
 */
export function getLatest({ gateway, site, kind }: {
    gateway?: string;
    site?: string;
    kind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: LatestItem[];
        };
    }>(`/api/v1/latest${QS.query(QS.explode({
        gateway,
        site,
        kind
    }))}`, {
        ...opts
    }));
}
/**
 * Sites with state
 */
export function getSites({ format }: {
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: SiteItem[];
        };
    }>(`/api/v1/sites${QS.query(QS.explode({
        format
    }))}`, {
        ...opts
    }));
}
/**
 * All series
 */
export function getSeries(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: SeriesItem[];
        };
    }>("/api/v1/series", {
        ...opts
    }));
}
/**
 * Gateways
 */
export function getGateways({ format }: {
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: GatewayItem[];
        };
    }>(`/api/v1/gateways${QS.query(QS.explode({
        format
    }))}`, {
        ...opts
    }));
}
/**
 * What the dashboard must know
 */
export function getUi(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: UiSettings;
    }>("/api/v1/ui", {
        ...opts
    }));
}
/**
 * Messages that could not be understood, newest first
 */
export function getDeadLetters({ limit }: {
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: DeadLetterItem[];
        };
    }>(`/api/v1/dead-letters${QS.query(QS.explode({
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * Readings of one series, raw or in equal spans
 */
export function getSeriesByIdReadings(id: string, { $from, to, buckets, limit }: {
    $from?: string;
    to?: string;
    buckets?: number;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RawReadings | BucketedReadings;
    }>(`/api/v1/series/${encodeURIComponent(id)}/readings${QS.query(QS.explode({
        "from": $from,
        to,
        buckets,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * Limits of alarm rules on a series, and when its readings were uncertain or bad
 */
export function getSeriesByIdMarks(id: string, { $from, to, buckets }: {
    $from?: string;
    to?: string;
    buckets?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            series: string;
            "from": number;
            to: number;
            limits: {
                rule: string;
                title: {
                    ja: string;
                    en: string;
                };
                severity: "critical" | "major" | "minor" | "warning" | "info";
                /** On which side of it the rule raises */
                side: "above" | "below";
                steps: {
                    "from": number;
                    to: number;
                    value: number;
                }[];
            }[];
            flaws: {
                /** Time of the first such reading */
                "from": number;
                /** Time of the last */
                to: number;
                quality: "uncertain" | "bad";
                count: number;
                /** As one of them says it */
                reason: string | null;
            }[];
        };
    }>(`/api/v1/series/${encodeURIComponent(id)}/marks${QS.query(QS.explode({
        "from": $from,
        to,
        buckets
    }))}`, {
        ...opts
    }));
}
/**
 * Readings of many series as one CSV or Parquet file; without `from` the last 24 hours
 */
export function getReadingsExport(format: "csv" | "parquet", { series, gateway, site, kind, $from, to, bom }: {
    series?: string;
    gateway?: string;
    site?: string;
    kind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
    $from?: string;
    to?: string;
    bom?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/readings/export${QS.query(QS.explode({
        format,
        series,
        gateway,
        site,
        kind,
        "from": $from,
        to,
        bom
    }))}`, {
        ...opts
    }));
}
/**
 * Alarms, newest first
 */
export function getAlarms({ state, limit, cursor, $from, to, gateway, site, rule, severity, assignee, format }: {
    state?: "open" | "all";
    limit?: number;
    cursor?: string;
    $from?: number;
    to?: number;
    gateway?: string;
    site?: string;
    rule?: string;
    severity?: "critical" | "major" | "minor" | "warning" | "info";
    assignee?: string;
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmsPage;
    }>(`/api/v1/alarms${QS.query(QS.explode({
        state,
        limit,
        cursor,
        "from": $from,
        to,
        gateway,
        site,
        rule,
        severity,
        assignee,
        format
    }))}`, {
        ...opts
    }));
}
/**
 * One alarm
 */
export function getAlarmsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * What happened to an alarm, oldest first
 */
export function getAlarmsByIdLog(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: AlarmLogItem[];
        };
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/log`, {
        ...opts
    }));
}
/**
 * Storms that last
 */
export function getStorms(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: StormItem[];
        };
    }>("/api/v1/storms", {
        ...opts
    }));
}
/**
 * Acknowledges, shelves or assigns all open alarms of a storm at once
 */
export function postStormsByIdActs(id: string, stormActBody: StormActBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: StormActAnswer;
    }>(`/api/v1/storms/${encodeURIComponent(id)}/acts`, oazapfts.json({
        ...opts,
        method: "POST",
        body: stormActBody
    })));
}
/**
 * Somebody has seen this alarm
 */
export function postAlarmsByIdAck(id: string, body: AcknowledgeBody | null, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/ack`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Puts an alarm aside for a time: it is judged on, and nobody is told
 */
export function postAlarmsByIdShelve(id: string, shelveBody: ShelveBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/shelve`, oazapfts.json({
        ...opts,
        method: "POST",
        body: shelveBody
    })));
}
/**
 * Takes an alarm off the shelf
 */
export function postAlarmsByIdUnshelve(id: string, body: {
    /** Who; where people sign in it is who signed in */
    by?: string;
} | null, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/unshelve`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Gives an alarm to somebody; null: to nobody
 */
export function postAlarmsByIdAssign(id: string, assignBody: AssignBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/assign`, oazapfts.json({
        ...opts,
        method: "POST",
        body: assignBody
    })));
}
/**
 * Says something about an alarm
 */
export function postAlarmsByIdComment(id: string, commentBody: CommentBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AlarmItem;
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/comment`, oazapfts.json({
        ...opts,
        method: "POST",
        body: commentBody
    })));
}
/**
 * Adds a photo to an alarm; what the camera wrote into it is left out
 */
export function postAlarmsByIdPhotos(id: string, body: {
    /** JPEG, PNG or WebP, base64 */
    photo: string;
    by?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: {
            hash: string;
        };
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/photos`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * The photos of an alarm, oldest first
 */
export function getAlarmsByIdPhotos(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                hash: string;
                time: number;
                by: string | null;
            }[];
        };
    }>(`/api/v1/alarms/${encodeURIComponent(id)}/photos`, {
        ...opts
    }));
}
/**
 * Takes a photo of an alarm away for good; who did is on record
 */
export function deleteAlarmsByIdPhotosByHash(id: string, hash: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/alarms/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * A photo of an alarm, JPEG
 */
export function getAlarmsByIdPhotosByHash(id: string, hash: string, { small }: {
    small?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/alarms/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}${QS.query(QS.explode({
        small
    }))}`, {
        ...opts
    }));
}
/**
 * Maintenance windows that run or are planned; with `past`, those that are over too
 */
export function getMaintenanceWindows({ past }: {
    past?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: MaintenanceItem[];
        };
    }>(`/api/v1/maintenance-windows${QS.query(QS.explode({
        past
    }))}`, {
        ...opts
    }));
}
/**
 * Plans or begins a maintenance window: alarms of the place are judged on, and nobody is told
 */
export function postMaintenanceWindows(maintenanceBody: MaintenanceBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: MaintenanceItem;
    }>("/api/v1/maintenance-windows", oazapfts.json({
        ...opts,
        method: "POST",
        body: maintenanceBody
    })));
}
/**
 * Ends a maintenance window now, or takes a planned one back
 */
export function deleteMaintenanceWindowsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: MaintenanceItem;
    }>(`/api/v1/maintenance-windows/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Alarm rules: what tenants have written, and the rules of the file of the hub
 */
export function getRules({ tenant }: {
    tenant?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                tenant: string | null;
                source: "file" | "own";
                /** 0: of the file. Its ETag is the same number in quotes */
                revision: number;
                changedAt: number | null;
                changedBy: string | null;
                /** A rule; `kind` says which fields it has */
                rule: ThresholdRule | RateRule | DeadManRule | GatewayOfflineRule | EventRule | CompositeRule | {
                    id: string;
                    severity: "critical" | "major" | "minor" | "warning" | "info";
                    title: {
                        ja: string;
                        en: string;
                    };
                    advice: {
                        ja: string;
                        en: string;
                    };
                    disabled?: boolean;
                    hiddenBy?: string[];
                    kind: "expression";
                    by: "device" | "site";
                    match: {
                        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
                        site?: string;
                        gateway?: string;
                        profile?: string;
                        device?: string;
                    };
                    series: {
                        [key: string]: string;
                    };
                    when: string;
                    clearWhen?: string;
                    maxAgeS?: number;
                    onDelayS: number;
                    offDelayS: number;
                };
            }[];
        };
    }>(`/api/v1/rules${QS.query(QS.explode({
        tenant
    }))}`, {
        ...opts
    }));
}
/**
 * The rule that holds for a tenant under this id, with its ETag
 */
export function getRulesByTenantById(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            tenant: string | null;
            source: "file" | "own";
            /** 0: of the file. Its ETag is the same number in quotes */
            revision: number;
            changedAt: number | null;
            changedBy: string | null;
            /** A rule; `kind` says which fields it has */
            rule: ThresholdRule | RateRule | DeadManRule | GatewayOfflineRule | EventRule | CompositeRule | {
                id: string;
                severity: "critical" | "major" | "minor" | "warning" | "info";
                title: {
                    ja: string;
                    en: string;
                };
                advice: {
                    ja: string;
                    en: string;
                };
                disabled?: boolean;
                hiddenBy?: string[];
                kind: "expression";
                by: "device" | "site";
                match: {
                    siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
                    site?: string;
                    gateway?: string;
                    profile?: string;
                    device?: string;
                };
                series: {
                    [key: string]: string;
                };
                when: string;
                clearWhen?: string;
                maxAgeS?: number;
                onDelayS: number;
                offDelayS: number;
            };
        };
    }>(`/api/v1/rules/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Saves a rule, which is in force at once; over one of the file: for this tenant in its place
 */
export function putRulesByTenantById(tenant: string, id: string, body: {
    [key: string]: any;
}, { by, comment, ifMatch }: {
    by?: string;
    comment?: string;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            tenant: string | null;
            source: "file" | "own";
            /** 0: of the file. Its ETag is the same number in quotes */
            revision: number;
            changedAt: number | null;
            changedBy: string | null;
            /** A rule; `kind` says which fields it has */
            rule: ThresholdRule | RateRule | DeadManRule | GatewayOfflineRule | EventRule | CompositeRule | {
                id: string;
                severity: "critical" | "major" | "minor" | "warning" | "info";
                title: {
                    ja: string;
                    en: string;
                };
                advice: {
                    ja: string;
                    en: string;
                };
                disabled?: boolean;
                hiddenBy?: string[];
                kind: "expression";
                by: "device" | "site";
                match: {
                    siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
                    site?: string;
                    gateway?: string;
                    profile?: string;
                    device?: string;
                };
                series: {
                    [key: string]: string;
                };
                when: string;
                clearWhen?: string;
                maxAgeS?: number;
                onDelayS: number;
                offDelayS: number;
            };
        };
    }>(`/api/v1/rules/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}${QS.query(QS.explode({
        by,
        comment
    }))}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    })));
}
/**
 * Takes back what a tenant wrote; a rule of the file under the same id holds again
 */
export function deleteRulesByTenantById(tenant: string, id: string, { by, comment, ifMatch }: {
    by?: string;
    comment?: string;
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/rules/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}${QS.query(QS.explode({
        by,
        comment
    }))}`, {
        ...opts,
        method: "DELETE",
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    }));
}
/**
 * Every revision of a rule that a tenant wrote, newest first: who, when, what
 */
export function getRulesByTenantByIdHistory(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                revision: number;
                action: "created" | "changed" | "deleted";
                changedAt: number;
                changedBy: string;
                comment: string | null;
                rule: (ThresholdRule | RateRule | DeadManRule | GatewayOfflineRule | EventRule | CompositeRule | {
                    id: string;
                    severity: "critical" | "major" | "minor" | "warning" | "info";
                    title: {
                        ja: string;
                        en: string;
                    };
                    advice: {
                        ja: string;
                        en: string;
                    };
                    disabled?: boolean;
                    hiddenBy?: string[];
                    kind: "expression";
                    by: "device" | "site";
                    match: {
                        siteKind?: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
                        site?: string;
                        gateway?: string;
                        profile?: string;
                        device?: string;
                    };
                    series: {
                        [key: string]: string;
                    };
                    when: string;
                    clearWhen?: string;
                    maxAgeS?: number;
                    onDelayS: number;
                    offDelayS: number;
                }) | null;
            }[];
        };
    }>(`/api/v1/rules/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}/history`, {
        ...opts
    }));
}
/**
 * What a rule would have raised over the stored past; saves nothing
 */
export function postRulesPreview(previewBody: PreviewBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PreviewAnswer;
    }>("/api/v1/rules/preview", oazapfts.json({
        ...opts,
        method: "POST",
        body: previewBody
    })));
}
/**
 * Work orders, newest first
 */
export function getWorkOrders({ state, limit, cursor, format }: {
    state?: "under-way" | "all";
    limit?: number;
    cursor?: string;
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: WorkOrdersPage;
    }>(`/api/v1/work-orders${QS.query(QS.explode({
        state,
        limit,
        cursor,
        format
    }))}`, {
        ...opts
    }));
}
/**
 * Opens a work order for alarms
 */
export function postWorkOrders(newWorkOrder: NewWorkOrder, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: WorkOrderItem;
    }>("/api/v1/work-orders", oazapfts.json({
        ...opts,
        method: "POST",
        body: newWorkOrder
    })));
}
/**
 * One work order, with what happened to it
 */
export function getWorkOrdersById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: WorkOrderDetail;
    }>(`/api/v1/work-orders/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Moves a work order on, gives it to somebody, or says something about it
 */
export function patchWorkOrdersById(id: string, workOrderChangeBody: WorkOrderChangeBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: WorkOrderItem;
    }>(`/api/v1/work-orders/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: workOrderChangeBody
    })));
}
/**
 * Adds a photo to a work order; what the camera wrote into it is left out
 */
export function postWorkOrdersByIdPhotos(id: string, body: {
    /** JPEG, PNG or WebP, base64 */
    photo: string;
    by?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: {
            hash: string;
        };
    }>(`/api/v1/work-orders/${encodeURIComponent(id)}/photos`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * The photos of a work order, oldest first
 */
export function getWorkOrdersByIdPhotos(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                hash: string;
                time: number;
                by: string | null;
            }[];
        };
    }>(`/api/v1/work-orders/${encodeURIComponent(id)}/photos`, {
        ...opts
    }));
}
/**
 * Takes a photo of a work order away for good; who did is on record
 */
export function deleteWorkOrdersByIdPhotosByHash(id: string, hash: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/work-orders/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * A photo of a work order, JPEG
 */
export function getWorkOrdersByIdPhotosByHash(id: string, hash: string, { small }: {
    small?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/work-orders/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}${QS.query(QS.explode({
        small
    }))}`, {
        ...opts
    }));
}
/**
 * Channels of this hub
 */
export function getNotifications(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: NotificationInfo;
    }>("/api/v1/notifications", {
        ...opts
    }));
}
/**
 * How I am told
 */
export function getNotificationsPreferences({ person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: MyPreferences;
    }>(`/api/v1/notifications/preferences${QS.query(QS.explode({
        person
    }))}`, {
        ...opts
    }));
}
/**
 * Change how I am told
 */
export function putNotificationsPreferences(body: {
    language?: "ja" | "en";
    timeZone: string;
    /** What is told: any of them fits */
    topics: {
        tenants?: string[];
        /** Site ids: {tenant}/{gateway}/{site} */
        sites?: string[];
        siteKinds?: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other")[];
        /** Rule ids */
        rules?: string[];
        /** e.g. threshold, dead-man */
        ruleKinds?: string[];
        severity: "critical" | "major" | "minor" | "warning" | "info";
    }[];
    /** Of the disaster broadcast; absent or empty: nothing */
    bulletins?: {
        tenants?: string[];
        severity: "critical" | "major" | "minor" | "warning" | "info";
    }[];
    /** New citizens' reports, for who may handle them; absent: they are told */
    reports?: boolean;
    /** In the order of liking */
    channels: ("push" | "line" | "email")[];
    /** first: the next channel only where the one before fails; all: every channel */
    spread: "first" | "all";
    quietHours: {
        /** e.g. 22:00 */
        "from": string;
        /** e.g. 22:00 */
        to: string;
        /** Days on which they begin, 0 = Sunday; absent: every day */
        days?: number[];
        /** Critical alarms are told in quiet hours too */
        criticalAnyway: boolean;
    } | null;
    digest: "none" | "hourly" | "daily";
    /** e.g. 22:00 */
    digestAt: string;
    atOnce: "critical" | "major" | "minor" | "warning" | "info";
    cleared: boolean;
}, { person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: MyPreferences;
    }>(`/api/v1/notifications/preferences${QS.query(QS.explode({
        person
    }))}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body
    })));
}
/**
 * My browsers that are told by Web Push
 */
export function getNotificationsBrowsers({ person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                label: string;
                created: number;
            }[];
        };
    }>(`/api/v1/notifications/browsers${QS.query(QS.explode({
        person
    }))}`, {
        ...opts
    }));
}
/**
 * Tell this browser by Web Push; the body is what PushSubscription.toJSON gives
 */
export function postNotificationsBrowsers(subscriptionBody: SubscriptionBody, { person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            label: string;
            created: number;
        };
    }>(`/api/v1/notifications/browsers${QS.query(QS.explode({
        person
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: subscriptionBody
    })));
}
/**
 * Tell a browser of mine nothing any more
 */
export function deleteNotificationsBrowsersById(id: string, { person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/notifications/browsers/${encodeURIComponent(id)}${QS.query(QS.explode({
        person
    }))}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * My LINE user id
 */
export function putNotificationsLine(lineAddressBody: LineAddressBody, { person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: LineAddressBody;
    }>(`/api/v1/notifications/line${QS.query(QS.explode({
        person
    }))}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: lineAddressBody
    })));
}
/**
 * Send a message to myself
 */
export function postNotificationsTest(testBody: TestBody, { person }: {
    person?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: {
            /** Ids in the delivery log; none: there is no address for it */
            deliveries: string[];
        };
    }>(`/api/v1/notifications/test${QS.query(QS.explode({
        person
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body: testBody
    })));
}
/**
 * What was told to whom, newest first, with the proof
 */
export function getDeliveries({ person, channel, state, alarm, limit, cursor }: {
    person?: string;
    channel?: string;
    state?: "waiting" | "sending" | "held" | "bundled" | "delivered" | "dead" | "dropped";
    alarm?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Also the idempotency key: Message-ID, retry key, webhook-id */
                id: string;
                tenant: string;
                alarm: string | null;
                bulletin: string | null;
                /** raised, worsened, cleared, assigned, reopened; issued, updated, cancelled; reported; failing, made; bundle or test */
                kind: string;
                severity: "critical" | "major" | "minor" | "warning" | "info";
                /** "system" for webhooks and MQTT */
                person: string;
                name: string | null;
                /** "none": there was no address */
                channel: string;
                target: string;
                state: "waiting" | "sending" | "held" | "bundled" | "delivered" | "dead" | "dropped";
                attempts: number;
                created: number;
                due: number | null;
                settled: number | null;
                heldFor: string | null;
                bundle: string | null;
                error: string | null;
                proof: {
                    [key: string]: string | number;
                } | null;
            }[];
            next: string | null;
        };
    }>(`/api/v1/deliveries${QS.query(QS.explode({
        person,
        channel,
        state,
        alarm,
        limit,
        cursor
    }))}`, {
        ...opts
    }));
}
/**
 * What was told to me, newest first
 */
export function getNotificationsDeliveries({ person, channel, state, alarm, limit, cursor }: {
    person?: string;
    channel?: string;
    state?: "waiting" | "sending" | "held" | "bundled" | "delivered" | "dead" | "dropped";
    alarm?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Also the idempotency key: Message-ID, retry key, webhook-id */
                id: string;
                tenant: string;
                alarm: string | null;
                bulletin: string | null;
                /** raised, worsened, cleared, assigned, reopened; issued, updated, cancelled; reported; failing, made; bundle or test */
                kind: string;
                severity: "critical" | "major" | "minor" | "warning" | "info";
                /** "system" for webhooks and MQTT */
                person: string;
                name: string | null;
                /** "none": there was no address */
                channel: string;
                target: string;
                state: "waiting" | "sending" | "held" | "bundled" | "delivered" | "dead" | "dropped";
                attempts: number;
                created: number;
                due: number | null;
                settled: number | null;
                heldFor: string | null;
                bundle: string | null;
                error: string | null;
                proof: {
                    [key: string]: string | number;
                } | null;
            }[];
            next: string | null;
        };
    }>(`/api/v1/notifications/deliveries${QS.query(QS.explode({
        person,
        channel,
        state,
        alarm,
        limit,
        cursor
    }))}`, {
        ...opts
    }));
}
/**
 * Send what was given up once more, under the same idempotency key
 */
export function postDeliveriesByIdRetry(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: {
            id: string;
        };
    }>(`/api/v1/deliveries/${encodeURIComponent(id)}/retry`, {
        ...opts,
        method: "POST"
    }));
}
/**
 * Rotas, and who is on call now
 */
export function getRotas(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                tenant: string;
                rota: {
                    name: string;
                    timeZone: string;
                    startDate: string;
                    /** e.g. 22:00 */
                    handOver: string;
                    weekly: string[];
                    /** Weekends, national holidays and `closed` (MM-DD) have a rota of their own */
                    daysOff?: {
                        people: string[];
                        closed: string[];
                    };
                    /** On working days */
                    officeHours?: {
                        /** e.g. 22:00 */
                        "from": string;
                        /** e.g. 22:00 */
                        to: string;
                        people: string[];
                    };
                    /** Unix ms, from ≤ t < to; the last one that fits wins */
                    overrides: {
                        "from": number;
                        to: number;
                        person: string;
                        reason?: string;
                    }[];
                };
                onDuty: string[];
                /** Name of each person id in it that is known */
                names: {
                    [key: string]: string;
                };
                /** Rises with each change; the ETag */
                revision: number;
            }[];
        };
    }>("/api/v1/rotas", {
        ...opts
    }));
}
/**
 * Who is on call when, day by day, with the holidays
 */
export function getRotasByTenantByIdCalendar(tenant: string, id: string, { $from, days }: {
    $from?: number;
    days?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: CalendarDayItem[];
        };
    }>(`/api/v1/rotas/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}/calendar${QS.query(QS.explode({
        "from": $from,
        days
    }))}`, {
        ...opts
    }));
}
/**
 * Make or change a rota
 */
export function putRotasByTenantById(tenant: string, id: string, body: {
    name: string;
    timeZone: string;
    startDate: string;
    /** e.g. 22:00 */
    handOver: string;
    weekly: string[];
    /** Weekends, national holidays and `closed` (MM-DD) have a rota of their own */
    daysOff?: {
        people: string[];
        closed: string[];
    };
    /** On working days */
    officeHours?: {
        /** e.g. 22:00 */
        "from": string;
        /** e.g. 22:00 */
        to: string;
        people: string[];
    };
    /** Unix ms, from ≤ t < to; the last one that fits wins */
    overrides: {
        "from": number;
        to: number;
        person: string;
        reason?: string;
    }[];
}, { ifMatch }: {
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            tenant: string;
            rota: {
                name: string;
                timeZone: string;
                startDate: string;
                /** e.g. 22:00 */
                handOver: string;
                weekly: string[];
                /** Weekends, national holidays and `closed` (MM-DD) have a rota of their own */
                daysOff?: {
                    people: string[];
                    closed: string[];
                };
                /** On working days */
                officeHours?: {
                    /** e.g. 22:00 */
                    "from": string;
                    /** e.g. 22:00 */
                    to: string;
                    people: string[];
                };
                /** Unix ms, from ≤ t < to; the last one that fits wins */
                overrides: {
                    "from": number;
                    to: number;
                    person: string;
                    reason?: string;
                }[];
            };
            onDuty: string[];
            /** Name of each person id in it that is known */
            names: {
                [key: string]: string;
            };
            /** Rises with each change; the ETag */
            revision: number;
        };
    }>(`/api/v1/rotas/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    })));
}
/**
 * Delete a rota
 */
export function deleteRotasByTenantById(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/rotas/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Escalation policies
 */
export function getEscalations(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                tenant: string;
                policy: {
                    name: string;
                    topic: {
                        /** Site ids: {tenant}/{gateway}/{site} */
                        sites?: string[];
                        siteKinds?: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other")[];
                        /** Rule ids */
                        rules?: string[];
                        /** e.g. threshold, dead-man */
                        ruleKinds?: string[];
                        severity: "critical" | "major" | "minor" | "warning" | "info";
                    };
                    steps: {
                        /** Since the alarm was told first */
                        afterMinutes: number;
                        to: ({
                            rota: string;
                        } | {
                            person: string;
                        })[];
                    }[];
                };
                /** Name of each person id in it that is known */
                names: {
                    [key: string]: string;
                };
                /** Rises with each change; the ETag */
                revision: number;
            }[];
        };
    }>("/api/v1/escalations", {
        ...opts
    }));
}
/**
 * Make or change an escalation policy
 */
export function putEscalationsByTenantById(tenant: string, id: string, body: {
    name: string;
    topic: {
        /** Site ids: {tenant}/{gateway}/{site} */
        sites?: string[];
        siteKinds?: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other")[];
        /** Rule ids */
        rules?: string[];
        /** e.g. threshold, dead-man */
        ruleKinds?: string[];
        severity: "critical" | "major" | "minor" | "warning" | "info";
    };
    steps: {
        /** Since the alarm was told first */
        afterMinutes: number;
        to: ({
            rota: string;
        } | {
            person: string;
        })[];
    }[];
}, { ifMatch }: {
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            tenant: string;
            policy: {
                name: string;
                topic: {
                    /** Site ids: {tenant}/{gateway}/{site} */
                    sites?: string[];
                    siteKinds?: ("paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other")[];
                    /** Rule ids */
                    rules?: string[];
                    /** e.g. threshold, dead-man */
                    ruleKinds?: string[];
                    severity: "critical" | "major" | "minor" | "warning" | "info";
                };
                steps: {
                    /** Since the alarm was told first */
                    afterMinutes: number;
                    to: ({
                        rota: string;
                    } | {
                        person: string;
                    })[];
                }[];
            };
            /** Name of each person id in it that is known */
            names: {
                [key: string]: string;
            };
            /** Rises with each change; the ETag */
            revision: number;
        };
    }>(`/api/v1/escalations/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    })));
}
/**
 * Delete an escalation policy; alarms that climb it stop
 */
export function deleteEscalationsByTenantById(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/escalations/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Who may be put on call
 */
export function getRecipients(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: RecipientItem[];
        };
    }>("/api/v1/recipients", {
        ...opts
    }));
}
/**
 * What is advised now for each place, most urgent first, and what can't be told
 */
export function getAdvice({ site, level }: {
    site?: string;
    level?: "unknown" | "fine" | "watch" | "act" | "urgent";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Site id: {tenant}/{gateway}/{site} */
                site: string;
                siteName: {
                    ja: string;
                    en: string;
                };
                insight: string;
                title: {
                    ja: string;
                    en: string;
                };
                /** unknown: can't tell, the text says why; fine; watch; act: in a day or so; urgent: now */
                level: "unknown" | "fine" | "watch" | "act" | "urgent";
                /** Stable: what is said */
                code: string;
                text: {
                    ja: string;
                    en: string;
                };
                "number": {
                    value: number;
                    unit: string;
                    label: {
                        ja: string;
                        en: string;
                    };
                } | null;
                /** The time of the result that first said so */
                since: number;
                /** The time of the newest result that says so */
                time: number;
                /** Of the insight */
                version: number;
                /** Japanese; `sourceText` has both languages */
                source: string;
                sourceText: {
                    ja: string;
                    en: string;
                };
            }[];
        };
    }>(`/api/v1/advice${QS.query(QS.explode({
        site,
        level
    }))}`, {
        ...opts
    }));
}
/**
 * What was advised for a place, newest first; an entry holds until the next one of its insight
 */
export function getAdviceLog(site: string, { limit }: {
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                insight: string;
                time: number;
                version: number;
                advice: {
                    /** unknown: can't tell, the text says why; fine; watch; act: in a day or so; urgent: now */
                    level: "unknown" | "fine" | "watch" | "act" | "urgent";
                    code: string;
                    text: {
                        ja: string;
                        en: string;
                    };
                    "number": {
                        value: number;
                        unit: string;
                        label: {
                            ja: string;
                            en: string;
                        };
                    } | null;
                } | null;
            }[];
        };
    }>(`/api/v1/advice/log${QS.query(QS.explode({
        site,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * The insights that this hub runs: their inputs, outputs, version and source
 */
export function getInsights(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                version: number;
                title: {
                    ja: string;
                    en: string;
                };
                /** Japanese; `sourceText` has both languages */
                source: string;
                sourceText: {
                    ja: string;
                    en: string;
                };
                siteKind: "paddy" | "weather" | "streetlight" | "wifi" | "factory" | "gateway" | "other";
                every: "hour" | "day";
                inputs: {
                    name: string;
                    "from": "site" | "weather" | "gateway";
                    /** All that fit, not only the first */
                    many?: true;
                    /** Regular expression of the channel */
                    channel: string;
                    unit: string;
                    lookBackHours: number;
                    label: {
                        ja: string;
                        en: string;
                    };
                }[];
                outputs: {
                    name: string;
                    unit: string | null;
                    label: {
                        ja: string;
                        en: string;
                    };
                }[];
            }[];
        };
    }>("/api/v1/insights", {
        ...opts
    }));
}
/**
 * From what the results of a place were computed, newest first; of two that overlap the newer one holds
 */
export function getInsightsRuns(site: string, { limit }: {
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                insight: string;
                version: number;
                settingsRevision: number;
                cause: "schedule" | "late" | "settings";
                /** Results later than this … */
                "from": number;
                /** … until this */
                to: number;
                /** Readings since then were used */
                inputFrom: number;
                computed: number;
                /** Where the results are */
                series: string[];
            }[];
        };
    }>(`/api/v1/insights/runs${QS.query(QS.explode({
        site,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * What is set of every field, also of those of which nothing is
 */
export function getFieldSettings(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Site id: {tenant}/{gateway}/{site} */
                site: string;
                settings: {
                    cultivar?: "koshihikari" | "fusaotome" | "fusakogane" | "sasanishiki" | "nipponbare" | "mizuho" | "ishikari";
                    /** e.g. 2026-05-03 */
                    transplanted?: string;
                    /** Kept for people; no formula uses it yet */
                    soil?: "sand" | "loam" | "clay" | "peat";
                    /** What the level probe shows at the surface of the soil, m */
                    depthZeroM?: number;
                    /** e.g. 2026-05-03 */
                    headed?: string;
                    /** e.g. 2026-05-03 */
                    harvested?: string;
                    midDrainage?: {
                        /** e.g. 2026-05-03 */
                        "from": string;
                        /** e.g. 2026-05-03 */
                        to: string;
                    };
                    winterDepthM?: number;
                    pastHeadings?: {
                        /** e.g. 2026-05-03 */
                        transplanted: string;
                        /** e.g. 2026-05-03 */
                        headed: string;
                        modelled?: string | null;
                    }[];
                    normalsC?: number[];
                };
                /** Rises with each change; 0: never set */
                revision: number;
                changed: number | null;
                changedBy: string | null;
            }[];
        };
    }>("/api/v1/field-settings", {
        ...opts
    }));
}
/**
 * What is set of a field: cultivar, dates, soil, zero of the depth
 */
export function getFieldSettingsBySite(site: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** Site id: {tenant}/{gateway}/{site} */
            site: string;
            settings: {
                cultivar?: "koshihikari" | "fusaotome" | "fusakogane" | "sasanishiki" | "nipponbare" | "mizuho" | "ishikari";
                /** e.g. 2026-05-03 */
                transplanted?: string;
                /** Kept for people; no formula uses it yet */
                soil?: "sand" | "loam" | "clay" | "peat";
                /** What the level probe shows at the surface of the soil, m */
                depthZeroM?: number;
                /** e.g. 2026-05-03 */
                headed?: string;
                /** e.g. 2026-05-03 */
                harvested?: string;
                midDrainage?: {
                    /** e.g. 2026-05-03 */
                    "from": string;
                    /** e.g. 2026-05-03 */
                    to: string;
                };
                winterDepthM?: number;
                pastHeadings?: {
                    /** e.g. 2026-05-03 */
                    transplanted: string;
                    /** e.g. 2026-05-03 */
                    headed: string;
                    modelled?: string | null;
                }[];
                normalsC?: number[];
            };
            /** Rises with each change; 0: never set */
            revision: number;
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/field-settings/${encodeURIComponent(site)}`, {
        ...opts
    }));
}
/**
 * Sets a field anew; what is left out is not set any more. What it advises follows in seconds
 */
export function putFieldSettingsBySite(site: string, body: {
    cultivar?: "koshihikari" | "fusaotome" | "fusakogane" | "sasanishiki" | "nipponbare" | "mizuho" | "ishikari";
    /** e.g. 2026-05-03 */
    transplanted?: string;
    /** Kept for people; no formula uses it yet */
    soil?: "sand" | "loam" | "clay" | "peat";
    /** What the level probe shows at the surface of the soil, m */
    depthZeroM?: number;
    /** e.g. 2026-05-03 */
    headed?: string;
    /** e.g. 2026-05-03 */
    harvested?: string;
    midDrainage?: {
        /** e.g. 2026-05-03 */
        "from": string;
        /** e.g. 2026-05-03 */
        to: string;
    };
    winterDepthM?: number;
    pastHeadings?: {
        /** e.g. 2026-05-03 */
        transplanted: string;
        /** e.g. 2026-05-03 */
        headed: string;
        modelled?: string | null;
    }[];
    normalsC?: number[];
}, { ifMatch }: {
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** Site id: {tenant}/{gateway}/{site} */
            site: string;
            settings: {
                cultivar?: "koshihikari" | "fusaotome" | "fusakogane" | "sasanishiki" | "nipponbare" | "mizuho" | "ishikari";
                /** e.g. 2026-05-03 */
                transplanted?: string;
                /** Kept for people; no formula uses it yet */
                soil?: "sand" | "loam" | "clay" | "peat";
                /** What the level probe shows at the surface of the soil, m */
                depthZeroM?: number;
                /** e.g. 2026-05-03 */
                headed?: string;
                /** e.g. 2026-05-03 */
                harvested?: string;
                midDrainage?: {
                    /** e.g. 2026-05-03 */
                    "from": string;
                    /** e.g. 2026-05-03 */
                    to: string;
                };
                winterDepthM?: number;
                pastHeadings?: {
                    /** e.g. 2026-05-03 */
                    transplanted: string;
                    /** e.g. 2026-05-03 */
                    headed: string;
                    modelled?: string | null;
                }[];
                normalsC?: number[];
            };
            /** Rises with each change; 0: never set */
            revision: number;
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/field-settings/${encodeURIComponent(site)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    })));
}
/**
 * The next 24 hours of the series of a place, with intervals and the skill on days held back
 */
export function getForecasts(site: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                insight: string;
                title: {
                    ja: string;
                    en: string;
                };
                /** The series that is forecast */
                series: string;
                unit: string;
                /** From readings until then */
                made: number;
                /** Better than both guesses on enough days; without it there are no points */
                shown: boolean;
                because: {
                    ja: string;
                    en: string;
                } | null;
                score: {
                    /** Days held back on which it was scored */
                    days: number;
                    /** Mean absolute error on them, in the unit of the series */
                    error: number;
                    /** That of the last value (of a minimum: the last one) staying */
                    persistenceError: number;
                    /** That of the day before (of a minimum: the mean of seven days) */
                    seasonalError: number;
                    /** 1 - error / the smaller of the two */
                    skill: number;
                    coverage: number | null;
                } | null;
                /** Share of what comes that low to high is to hold */
                interval: number;
                points: {
                    /** Begin of what the value is of */
                    time: number;
                    /** 1: a mean of an hour; 24: the lowest of the day */
                    hours: number;
                    value: number;
                    low: number;
                    high: number;
                }[];
            }[];
        };
    }>(`/api/v1/forecasts${QS.query(QS.explode({
        site
    }))}`, {
        ...opts
    }));
}
/**
 * What is set of street lighting and access points: tariff, power of a lit lamp, capacity
 */
export function getInfrastructureSettingsByPlace(place: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** A tenant, or a site id */
            place: string;
            settings: {
                tariff?: {
                    /** All of it that goes by the kWh, levies included */
                    yenPerKwh: number;
                    /** What is paid for each lamp a month, whatever it burns */
                    yenPerLampMonth?: number;
                    /** Where the price is written down */
                    source: string;
                    /** Compared with a bill or the published table */
                    verified: boolean;
                };
                /** A lamp that draws so much burns; without it 5 W */
                litFromW?: number;
                /** Clients that an access point of this place carries well */
                capacityClients?: number;
            };
            /** With what its tenant has set */
            effective: {
                tariff?: {
                    /** All of it that goes by the kWh, levies included */
                    yenPerKwh: number;
                    /** What is paid for each lamp a month, whatever it burns */
                    yenPerLampMonth?: number;
                    /** Where the price is written down */
                    source: string;
                    /** Compared with a bill or the published table */
                    verified: boolean;
                };
                /** A lamp that draws so much burns; without it 5 W */
                litFromW?: number;
                /** Clients that an access point of this place carries well */
                capacityClients?: number;
            };
            /** Rises with each change; 0: never set */
            revision: number;
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/infrastructure-settings/${encodeURIComponent(place)}`, {
        ...opts
    }));
}
/**
 * Sets them anew for a tenant or one of its places; what is left out is not set any more
 */
export function putInfrastructureSettingsByPlace(place: string, body: {
    tariff?: {
        /** All of it that goes by the kWh, levies included */
        yenPerKwh: number;
        /** What is paid for each lamp a month, whatever it burns */
        yenPerLampMonth?: number;
        /** Where the price is written down */
        source: string;
        /** Compared with a bill or the published table */
        verified: boolean;
    };
    /** A lamp that draws so much burns; without it 5 W */
    litFromW?: number;
    /** Clients that an access point of this place carries well */
    capacityClients?: number;
}, { ifMatch }: {
    ifMatch?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** A tenant, or a site id */
            place: string;
            settings: {
                tariff?: {
                    /** All of it that goes by the kWh, levies included */
                    yenPerKwh: number;
                    /** What is paid for each lamp a month, whatever it burns */
                    yenPerLampMonth?: number;
                    /** Where the price is written down */
                    source: string;
                    /** Compared with a bill or the published table */
                    verified: boolean;
                };
                /** A lamp that draws so much burns; without it 5 W */
                litFromW?: number;
                /** Clients that an access point of this place carries well */
                capacityClients?: number;
            };
            /** With what its tenant has set */
            effective: {
                tariff?: {
                    /** All of it that goes by the kWh, levies included */
                    yenPerKwh: number;
                    /** What is paid for each lamp a month, whatever it burns */
                    yenPerLampMonth?: number;
                    /** Where the price is written down */
                    source: string;
                    /** Compared with a bill or the published table */
                    verified: boolean;
                };
                /** A lamp that draws so much burns; without it 5 W */
                litFromW?: number;
                /** Clients that an access point of this place carries well */
                capacityClients?: number;
            };
            /** Rises with each change; 0: never set */
            revision: number;
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/infrastructure-settings/${encodeURIComponent(place)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body,
        headers: oazapfts.mergeHeaders(opts?.headers, {
            "if-match": ifMatch
        })
    })));
}
/**
 * What the street lights of a month delivered: hours, coverage, energy, cost and repairs, by site
 */
export function getReportsStreetlights({ month, site }: {
    month?: string;
    site?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                site: string;
                name: {
                    ja: string;
                    en: string;
                };
                month: string;
                /** With results */
                days: number;
                meanBurntS: number | null;
                meanDueS: number | null;
                coverage: number | null;
                energyJ: number | null;
                costYen: number | null;
                tariffVerified: boolean | null;
                dayBurntS: number | null;
                wastedJ: number | null;
                repaired: number;
                meanRepairS: number | null;
            }[];
        };
    }>(`/api/v1/reports/streetlights${QS.query(QS.explode({
        month,
        site
    }))}`, {
        ...opts
    }));
}
/**
 * What the street lights of a month delivered: hours, coverage, energy, cost and repairs, by site, as CSV
 */
export function getReportsStreetlightsCsv({ month, site }: {
    month?: string;
    site?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/reports/streetlights.csv${QS.query(QS.explode({
        month,
        site
    }))}`, {
        ...opts
    }));
}
/**
 * What the access points of a month delivered: availability, use and unmet demand, by site; counts only
 */
export function getReportsAccessPoints({ month, site }: {
    month?: string;
    site?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                site: string;
                name: {
                    ja: string;
                    en: string;
                };
                month: string;
                /** With results */
                days: number;
                availability: number | null;
                downS: number | null;
                restarts: number | null;
                clientS: number | null;
                peakClients: number | null;
                trafficB: number | null;
                busiestHour: number | null;
                fullS: number | null;
            }[];
        };
    }>(`/api/v1/reports/access-points${QS.query(QS.explode({
        month,
        site
    }))}`, {
        ...opts
    }));
}
/**
 * What the access points of a month delivered: availability, use and unmet demand, by site; counts only, as CSV
 */
export function getReportsAccessPointsCsv({ month, site }: {
    month?: string;
    site?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/reports/access-points.csv${QS.query(QS.explode({
        month,
        site
    }))}`, {
        ...opts
    }));
}
/**
 * How much of each day gateways, access points, street lights and weather stations were there
 */
export function getReportsAvailability({ $class, days }: {
    $class?: "gateway" | "wifi" | "streetlight" | "weather";
    days?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            days: string[];
            items: {
                /** Of the gateway, or of the site */
                id: string;
                name: {
                    ja: string;
                    en: string;
                };
                "class": "gateway" | "wifi" | "streetlight" | "weather";
                /** Share of each day that it was there, of street lights that they burnt by night; null: not told */
                days: (number | null)[];
            }[];
        };
    }>(`/api/v1/reports/availability${QS.query(QS.explode({
        "class": $class,
        days
    }))}`, {
        ...opts
    }));
}
/**
 * What models at the gateways decided, newest first; without `from` the last 24 hours
 */
export function getEvents({ kind, source, gateway, $from, to, limit, cursor }: {
    kind?: "inspection" | "anomaly" | "lamp-fault" | "canopy" | "road-damage" | "display" | "teaching";
    source?: string;
    gateway?: string;
    $from?: string;
    to?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Event id: {tenant}/{gateway}/{time}.{epoch}.{seq}; the cursor of the next page too */
                id: string;
                /** Gateway id: {tenant}/{gateway} */
                gateway: string;
                /** The device or camera that was judged */
                device: string;
                deviceLabel: {
                    ja: string;
                    en: string;
                };
                /** Site id: {tenant}/{gateway}/{site} */
                site: string | null;
                /** Series id, where a series was judged */
                series: string | null;
                kind: "inspection" | "anomaly" | "lamp-fault" | "canopy" | "road-damage" | "display" | "teaching";
                source: string;
                /** When the frame was taken or the reading made, Unix ms */
                time: number;
                /** When it came to the hub, Unix ms */
                received: number;
                model: {
                    id: string;
                    version: string;
                };
                score: number | null;
                "class": string | null;
                state: ("raised" | "cleared" | "pass" | "reject" | "reading") | null;
                boxes: {
                    x: number;
                    y: number;
                    width: number;
                    height: number;
                    score?: number;
                    "class"?: string;
                }[];
                /** Rings x0, y0, x1, y1, … from 0 to 1 of the frame, even-odd rule */
                mask: number[][];
                heat: {
                    columns: number;
                    rows: number;
                    cells: string;
                } | null;
                latencyMs: number;
                /** Path of the thumbnail, a JPEG; null: none */
                thumbnail: string | null;
                detail?: {
                    [key: string]: number | string | boolean;
                };
            }[];
            next: string | null;
        };
    }>(`/api/v1/events${QS.query(QS.explode({
        kind,
        source,
        gateway,
        "from": $from,
        to,
        limit,
        cursor
    }))}`, {
        ...opts
    }));
}
/**
 * One event
 */
export function getEventsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** Event id: {tenant}/{gateway}/{time}.{epoch}.{seq}; the cursor of the next page too */
            id: string;
            /** Gateway id: {tenant}/{gateway} */
            gateway: string;
            /** The device or camera that was judged */
            device: string;
            deviceLabel: {
                ja: string;
                en: string;
            };
            /** Site id: {tenant}/{gateway}/{site} */
            site: string | null;
            /** Series id, where a series was judged */
            series: string | null;
            kind: "inspection" | "anomaly" | "lamp-fault" | "canopy" | "road-damage" | "display" | "teaching";
            source: string;
            /** When the frame was taken or the reading made, Unix ms */
            time: number;
            /** When it came to the hub, Unix ms */
            received: number;
            model: {
                id: string;
                version: string;
            };
            score: number | null;
            "class": string | null;
            state: ("raised" | "cleared" | "pass" | "reject" | "reading") | null;
            boxes: {
                x: number;
                y: number;
                width: number;
                height: number;
                score?: number;
                "class"?: string;
            }[];
            /** Rings x0, y0, x1, y1, … from 0 to 1 of the frame, even-odd rule */
            mask: number[][];
            heat: {
                columns: number;
                rows: number;
                cells: string;
            } | null;
            latencyMs: number;
            /** Path of the thumbnail, a JPEG; null: none */
            thumbnail: string | null;
            detail?: {
                [key: string]: number | string | boolean;
            };
        };
    }>(`/api/v1/events/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The thumbnail of an event, a JPEG of at most 30 kB
 */
export function getEventsByIdThumbnail(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/events/${encodeURIComponent(id)}/thumbnail`, {
        ...opts
    }));
}
/**
 * The canopy of a flight as GeoJSON: one polygon for each cell of the field that was seen
 */
export function getEventsByIdCover(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            "type": "FeatureCollection";
            features: {
                "type": "Feature";
                geometry: {
                    "type": "Polygon";
                    coordinates: number[][][];
                };
                properties: {
                    /** Of the layer whose mean is the score of the event, 0 … 1 */
                    cover: number;
                    field: string;
                    flight: string;
                    /** Unix ms */
                    time: number;
                };
            }[];
        };
    }>(`/api/v1/events/${encodeURIComponent(id)}/cover`, {
        ...opts
    }));
}
/**
 * What the part of an inspection really was: its gateway learns from it
 */
export function postEventsByIdCorrection(id: string, body: {
    /** What the part really was; withdrawn: nothing is said of it any more */
    judgement: "good" | "bad" | "withdrawn";
    /** Kind of defect of a bad part */
    "class"?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: {
            /** Event id */
            event: string;
            /** What the part really was; withdrawn: nothing is said of it any more */
            judgement: "good" | "bad" | "withdrawn";
            /** The gateway has put the picture among its examples and learns in the background. What becomes of that is an event of kind "teaching" of the same source, whose detail.startedMs is not before `time` */
            state: "accepted";
            /** When the gateway took it, by the clock of the gateway, Unix ms */
            time: number;
        };
    }>(`/api/v1/events/${encodeURIComponent(id)}/correction`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Sites with inspection lines: what judges them, how well it was taught, what leaves the factory
 */
export function getFactories(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Site id: {tenant}/{gateway}/{site} */
                site: string;
                name: {
                    ja: string;
                    en: string;
                };
                gateway: string;
                isOnline: boolean;
                lines: {
                    /** Line id: {tenant}/{gateway}/{inspection} */
                    id: string;
                    label: {
                        ja: string;
                        en: string;
                    };
                    model: {
                        id: string;
                        version: string;
                        time: number;
                    } | null;
                    taught: {
                        version: string;
                        before?: string;
                        good: number;
                        bad: number;
                        timeMs: number;
                        falseRejects?: number;
                        falsePasses?: number;
                        auroc?: number;
                    } | null;
                    pictures: {
                        most: "none" | "over" | "all";
                        now: "none" | "over" | "all";
                    } | null;
                    keeps: {
                        frames: number;
                        good: number;
                        bad: number;
                    } | null;
                    /** Its gateway can be asked to teach it another part */
                    canTeach: boolean;
                    canSwitchPictures: boolean;
                }[];
                /** For how long the hub keeps pictures of verdicts */
                pictureDays: number;
                /** For how long the hub keeps verdicts */
                verdictDays: number;
            }[];
        };
    }>("/api/v1/factories", {
        ...opts
    }));
}
/**
 * How much was good: as the model judged and as people corrected it, by hour, shift or lot
 */
export function getFactoriesBySiteYield(site: string, { $from, to, by, zone, line }: {
    $from?: string;
    to?: string;
    by?: "hour" | "shift" | "lot";
    zone?: string;
    line?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            site: string;
            "from": number;
            to: number;
            zone: string;
            by: "hour" | "shift" | "lot";
            total: {
                judged: number;
                /** Good as the model judged */
                passed: number;
                /** Good as the model judged, or as people said where they did */
                good: number;
                /** Of which somebody said what they really were */
                corrected: number;
                /** Rejected, and good as somebody said */
                falseRejects: number;
                /** Passed, and bad as somebody said */
                falsePasses: number;
            };
            groups: {
                judged: number;
                /** Good as the model judged */
                passed: number;
                /** Good as the model judged, or as people said where they did */
                good: number;
                /** Of which somebody said what they really were */
                corrected: number;
                /** Rejected, and good as somebody said */
                falseRejects: number;
                /** Passed, and bad as somebody said */
                falsePasses: number;
                "from": number;
                to: number;
                name: string | null;
            }[];
            /** What was really bad, the most frequent first */
            defects: {
                "class": string | null;
                count: number;
                share: number;
            }[];
            /** Some part says of which lot it is (`detail.lot`) */
            hasLots: boolean;
            /** False: there are more parts than are counted at once; the newest are */
            isComplete: boolean;
        };
    }>(`/api/v1/factories/${encodeURIComponent(site)}/yield${QS.query(QS.explode({
        "from": $from,
        to,
        by,
        zone,
        line
    }))}`, {
        ...opts
    }));
}
/**
 * Parts that were judged, newest first, each with what somebody said of it
 */
export function getFactoriesBySiteParts(site: string, { $from, to, line, verdict, $class, corrected, minScore, maxScore, limit, cursor }: {
    $from?: string;
    to?: string;
    line?: string;
    verdict?: "pass" | "reject";
    $class?: string;
    corrected?: "yes" | "no" | "wrong";
    minScore?: number;
    maxScore?: number;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** Event id: {tenant}/{gateway}/{time}.{epoch}.{seq}; the cursor of the next page too */
                id: string;
                /** Gateway id: {tenant}/{gateway} */
                gateway: string;
                /** The device or camera that was judged */
                device: string;
                deviceLabel: {
                    ja: string;
                    en: string;
                };
                /** Site id: {tenant}/{gateway}/{site} */
                site: string | null;
                /** Series id, where a series was judged */
                series: string | null;
                kind: "inspection" | "anomaly" | "lamp-fault" | "canopy" | "road-damage" | "display" | "teaching";
                source: string;
                /** When the frame was taken or the reading made, Unix ms */
                time: number;
                /** When it came to the hub, Unix ms */
                received: number;
                model: {
                    id: string;
                    version: string;
                };
                score: number | null;
                "class": string | null;
                state: ("raised" | "cleared" | "pass" | "reject" | "reading") | null;
                boxes: {
                    x: number;
                    y: number;
                    width: number;
                    height: number;
                    score?: number;
                    "class"?: string;
                }[];
                /** Rings x0, y0, x1, y1, … from 0 to 1 of the frame, even-odd rule */
                mask: number[][];
                heat: {
                    columns: number;
                    rows: number;
                    cells: string;
                } | null;
                latencyMs: number;
                /** Path of the thumbnail, a JPEG; null: none */
                thumbnail: string | null;
                detail?: {
                    [key: string]: number | string | boolean;
                };
                correction: {
                    judgement: "good" | "bad";
                    "class": string | null;
                    by: string | null;
                    time: number;
                } | null;
            }[];
            next: string | null;
        };
    }>(`/api/v1/factories/${encodeURIComponent(site)}/parts${QS.query(QS.explode({
        "from": $from,
        to,
        line,
        verdict,
        "class": $class,
        corrected,
        minScore,
        maxScore,
        limit,
        cursor
    }))}`, {
        ...opts
    }));
}
/**
 * Shifts and kinds of defect of a site
 */
export function getFactoriesBySiteSettings(site: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            site: string;
            settings: {
                shifts: {
                    id: string;
                    name: {
                        ja: string;
                        en: string;
                    };
                    /** e.g. 08:30 */
                    "from": string;
                    /** e.g. 08:30 */
                    to: string;
                }[];
                /** In the order of the keys 1 to 9 */
                defects: {
                    id: string;
                    name: {
                        ja: string;
                        en: string;
                    };
                }[];
            };
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/factories/${encodeURIComponent(site)}/settings`, {
        ...opts
    }));
}
/**
 * Sets shifts and kinds of defect of a site anew
 */
export function putFactoriesBySiteSettings(site: string, body: {
    shifts: {
        id: string;
        name: {
            ja: string;
            en: string;
        };
        /** e.g. 08:30 */
        "from": string;
        /** e.g. 08:30 */
        to: string;
    }[];
    /** In the order of the keys 1 to 9 */
    defects: {
        id: string;
        name: {
            ja: string;
            en: string;
        };
    }[];
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            site: string;
            settings: {
                shifts: {
                    id: string;
                    name: {
                        ja: string;
                        en: string;
                    };
                    /** e.g. 08:30 */
                    "from": string;
                    /** e.g. 08:30 */
                    to: string;
                }[];
                /** In the order of the keys 1 to 9 */
                defects: {
                    id: string;
                    name: {
                        ja: string;
                        en: string;
                    };
                }[];
            };
            changed: number | null;
            changedBy: string | null;
        };
    }>(`/api/v1/factories/${encodeURIComponent(site)}/settings`, oazapfts.json({
        ...opts,
        method: "PUT",
        body
    })));
}
/**
 * Which pictures of verdicts leave the factory from now on; never more than its gateway is configured for
 */
export function putLinesByLinePictures(line: string, body: {
    /** over: of what is rejected */
    pictures: "none" | "over" | "all";
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** over: of what is rejected */
            pictures: "none" | "over" | "all";
        };
    }>(`/api/v1/lines/${encodeURIComponent(line)}/pictures`, oazapfts.json({
        ...opts,
        method: "PUT",
        body
    })));
}
/**
 * How far the teaching of another part is, as the gateway told it
 */
export function getLinesByLineTeaching(line: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            line: string;
            /** none: nothing was ever taught here from afar; activated and discarded: the last one is over */
            stage: "none" | "collecting" | "fitting" | "fitted" | "activated" | "discarded";
            part: {
                id: string;
                ja: string;
                en: string;
                version: string;
            } | null;
            began: number | null;
            changed: number | null;
            good: number;
            bad: number;
            /** Oldest first */
            examples: {
                id: string;
                judgement: "good" | "bad";
                picture: string | null;
            }[];
            fault: string | null;
            fit: {
                /** From this score on a part is rejected */
                threshold: number;
                falseRejects: number;
                falsePasses: number;
                auroc: number;
                unreadable: number;
                /** Good examples by their held-out score, in twentieths of 0 to 1 */
                goodScores: number[];
                badScores: number[];
            } | null;
        };
    }>(`/api/v1/lines/${encodeURIComponent(line)}/teaching`, {
        ...opts
    }));
}
/**
 * One step: begin, example, remove, fit, activate, discard; or roll-back to what judged the same part before
 */
export function postLinesByLineTeaching(line: string, body: {
    step: "begin";
    ja: string;
    en: string;
} | {
    step: "example";
    judgement: "good" | "bad";
    /** A verdict whose picture is taken; absent: what the camera sees */
    event?: string;
} | {
    step: "remove";
    example: string;
} | {
    step: "fit";
} | {
    step: "activate";
} | {
    step: "discard";
} | {
    step: "roll-back";
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** accepted: it learns; what becomes of it is told as an event */
            state: "done" | "accepted";
            example: string | null;
            picture: string | null;
        };
    }>(`/api/v1/lines/${encodeURIComponent(line)}/teaching`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Asks a gateway to do something now; what becomes of it is at /api/v1/commands/{id}
 */
export function postGatewaysByIdCommands(id: string, commandBody: CommandBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: {
            id: string;
            /** Gateway id: {tenant}/{gateway} */
            gateway: string;
            kind: string;
            arguments: {
                [key: string]: string | number | boolean;
            };
            /** Who asked, as they said */
            by: string;
            askedAt: number;
            /** sent: not answered yet; accepted: begun, and told otherwise what becomes of it */
            state: "sent" | "done" | "accepted" | "refused" | "failed" | "no-answer";
            code: string | null;
            message: string | null;
            answeredAt: number | null;
            file: {
                name: string;
                "type": string;
                bytes: number;
                sha256: string;
            } | null;
        };
    }>(`/api/v1/gateways/${encodeURIComponent(id)}/commands`, oazapfts.json({
        ...opts,
        method: "POST",
        body: commandBody
    })));
}
/**
 * Who asked which gateway for what, newest first
 */
export function getCommands({ gateway, limit }: {
    gateway?: string;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                id: string;
                /** Gateway id: {tenant}/{gateway} */
                gateway: string;
                kind: string;
                arguments: {
                    [key: string]: string | number | boolean;
                };
                /** Who asked, as they said */
                by: string;
                askedAt: number;
                /** sent: not answered yet; accepted: begun, and told otherwise what becomes of it */
                state: "sent" | "done" | "accepted" | "refused" | "failed" | "no-answer";
                code: string | null;
                message: string | null;
                answeredAt: number | null;
                file: {
                    name: string;
                    "type": string;
                    bytes: number;
                    sha256: string;
                } | null;
            }[];
        };
    }>(`/api/v1/commands${QS.query(QS.explode({
        gateway,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * One command
 */
export function getCommandsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            id: string;
            /** Gateway id: {tenant}/{gateway} */
            gateway: string;
            kind: string;
            arguments: {
                [key: string]: string | number | boolean;
            };
            /** Who asked, as they said */
            by: string;
            askedAt: number;
            /** sent: not answered yet; accepted: begun, and told otherwise what becomes of it */
            state: "sent" | "done" | "accepted" | "refused" | "failed" | "no-answer";
            code: string | null;
            message: string | null;
            answeredAt: number | null;
            file: {
                name: string;
                "type": string;
                bytes: number;
                sha256: string;
            } | null;
        };
    }>(`/api/v1/commands/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * What the gateway sent for a command, kept for 30 days
 */
export function getCommandsByIdFile(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/commands/${encodeURIComponent(id)}/file`, {
        ...opts
    }));
}
/**
 * The log of a gateway as it is written (Server-Sent Events), for a limited time
 */
export function getGatewaysByIdLog(id: string, { seconds, by }: {
    seconds?: number;
    by?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/gateways/${encodeURIComponent(id)}/log${QS.query(QS.explode({
        seconds,
        by
    }))}`, {
        ...opts
    }));
}
/**
 * Messages of the disaster broadcast, newest first
 */
export function getBulletins({ state, tenant, limit, cursor }: {
    state?: "current" | "all";
    tenant?: string;
    limit?: number;
    cursor?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** {tenant}/{id} */
                id: string;
                tenant: string;
                kind: "alert" | "update" | "cancel";
                status: "actual" | "exercise" | "test";
                state: "current" | "expired" | "updated" | "cancelled";
                categories: ("geo" | "met" | "safety" | "security" | "rescue" | "fire" | "health" | "env" | "transport" | "infra" | "cbrne" | "other")[];
                urgency: "immediate" | "expected" | "future" | "past" | "unknown";
                severity: "extreme" | "severe" | "moderate" | "minor" | "unknown";
                certainty: "observed" | "likely" | "possible" | "unlikely" | "unknown";
                texts: {
                    [key: string]: {
                        title: string;
                        text: string;
                    };
                };
                areas: {
                    name: string;
                    /** Each closed; points as [latitude, longitude] */
                    polygons?: number[][][];
                    circles?: {
                        lat: number;
                        lon: number;
                        radiusKm: number;
                    }[];
                    geocodes?: {
                        [key: string]: string[];
                    };
                }[];
                /** Unix ms */
                sent: number;
                /** Unix ms */
                effective: number;
                /** Unix ms */
                expires: number;
                link: string | null;
                /** The same for a bulletin and what updates or cancels it */
                thread: string;
                /** Id of the polled source, or api */
                source: string;
                /** Of a message of CAP */
                sender: string;
                identifier: string;
                revision: number;
                /** Unix ms */
                received: number;
                "public": boolean;
                endedAt: number | null;
                endedBy: string | null;
            }[];
            next: string | null;
        };
    }>(`/api/v1/bulletins${QS.query(QS.explode({
        state,
        tenant,
        limit,
        cursor
    }))}`, {
        ...opts
    }));
}
/**
 * Sends a message of the disaster broadcast: who asked for them is told, and everybody may read it
 */
export function postBulletins(body: {
    tenant: string;
    /** Of the sending system: the same again is known, and no second bulletin */
    identifier?: string;
    kind?: "alert" | "update" | "cancel";
    /** Ids of what it updates or cancels */
    references?: string[];
    /** test: shown to nobody outside, and told to nobody */
    status?: "actual" | "exercise" | "test";
    categories?: ("geo" | "met" | "safety" | "security" | "rescue" | "fire" | "health" | "env" | "transport" | "infra" | "cbrne" | "other")[];
    urgency?: "immediate" | "expected" | "future" | "past" | "unknown";
    severity?: "extreme" | "severe" | "moderate" | "minor" | "unknown";
    certainty?: "observed" | "likely" | "possible" | "unlikely" | "unknown";
    /** By language tag, ja and en for example */
    texts?: {
        [key: string]: {
            title: string;
            text: string;
        };
    };
    areas?: {
        name: string;
        /** Each closed; points as [latitude, longitude] */
        polygons?: number[][][];
        circles?: {
            lat: number;
            lon: number;
            radiusKm: number;
        }[];
        geocodes?: {
            [key: string]: string[];
        };
    }[];
    /** Unix ms */
    sent?: number;
    /** Unix ms */
    effective?: number;
    /** Unix ms */
    expires?: number;
    link?: string;
    /** Everybody may read it */
    "public"?: boolean;
    /** Who asked for bulletins is told */
    push?: boolean;
}, { tenant, $public, push }: {
    tenant?: string;
    $public?: boolean;
    push?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: IntakeAnswer;
    }>(`/api/v1/bulletins${QS.query(QS.explode({
        tenant,
        "public": $public,
        push
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * One message of the disaster broadcast
 */
export function getBulletinsByTenantById(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** {tenant}/{id} */
            id: string;
            tenant: string;
            kind: "alert" | "update" | "cancel";
            status: "actual" | "exercise" | "test";
            state: "current" | "expired" | "updated" | "cancelled";
            categories: ("geo" | "met" | "safety" | "security" | "rescue" | "fire" | "health" | "env" | "transport" | "infra" | "cbrne" | "other")[];
            urgency: "immediate" | "expected" | "future" | "past" | "unknown";
            severity: "extreme" | "severe" | "moderate" | "minor" | "unknown";
            certainty: "observed" | "likely" | "possible" | "unlikely" | "unknown";
            texts: {
                [key: string]: {
                    title: string;
                    text: string;
                };
            };
            areas: {
                name: string;
                /** Each closed; points as [latitude, longitude] */
                polygons?: number[][][];
                circles?: {
                    lat: number;
                    lon: number;
                    radiusKm: number;
                }[];
                geocodes?: {
                    [key: string]: string[];
                };
            }[];
            /** Unix ms */
            sent: number;
            /** Unix ms */
            effective: number;
            /** Unix ms */
            expires: number;
            link: string | null;
            /** The same for a bulletin and what updates or cancels it */
            thread: string;
            /** Id of the polled source, or api */
            source: string;
            /** Of a message of CAP */
            sender: string;
            identifier: string;
            revision: number;
            /** Unix ms */
            received: number;
            "public": boolean;
            endedAt: number | null;
            endedBy: string | null;
        };
    }>(`/api/v1/bulletins/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The sources that are polled: when they were read, and what was wrong
 */
export function getBulletinSources(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: BulletinSource[];
        };
    }>("/api/v1/bulletin-sources", {
        ...opts
    }));
}
/**
 * Asks a source now
 */
export function postBulletinSourcesByIdPoll(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: BulletinSource;
    }>(`/api/v1/bulletin-sources/${encodeURIComponent(id)}/poll`, {
        ...opts,
        method: "POST"
    }));
}
/**
 * Back-ups of this hub: where they go, those that are kept, those that failed, and the one being made
 */
export function getBackups(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            folder: string | null;
            daily: string | null;
            nextAt: number | null;
            /** The newest so many are kept */
            keep: number;
            /** Old back-ups, and remains of those that were cut off, that could not be removed when it was last tried */
            notRemoved: number;
            /** What lies in another system and is not in a back-up */
            external: ("readings" | "database" | "images")[];
            place: {
                freeBytes: number;
                /** As the data: it is lost with them */
                sameDisk: boolean;
            } | null;
            running: {
                id: string;
                /** Unix ms */
                startedAt: number;
                phase: "measuring" | "files" | "database" | "readings" | "finishing";
                bytes: number;
                /** 0: not known yet */
                ofBytes: number;
            } | null;
            /** Newest first: those that are kept, and those that failed */
            items: {
                /** Also the name of its folder */
                id: string;
                state: "running" | "whole" | "failed" | "cut-off";
                /** Unix ms */
                startedAt: number;
                finishedAt: number | null;
                cause: "schedule" | "person" | "command";
                /** Who asked for it; hub for the hub itself */
                by: string;
                code: string | null;
                reason: string | null;
                files: number | null;
                bytes: number | null;
                newBytes: number | null;
                readings: number | null;
            }[];
        };
    }>("/api/v1/backups", {
        ...opts
    }));
}
/**
 * Begins a back-up; how it goes on is told by the list
 */
export function postBackups(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 202;
        data: {
            id: string;
        };
    }>("/api/v1/backups", {
        ...opts,
        method: "POST"
    }));
}
/**
 * Public places, by their ids
 */
export function getPlaces({ tenant, kind, limit, cursor, format }: {
    tenant?: string;
    kind?: "wifi" | "shelter" | "facility" | "streetlight";
    limit?: number;
    cursor?: string;
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                /** {tenant}/{kind}/{ID of the list} */
                id: string;
                tenant: string;
                /** Which list */
                kind: "wifi" | "shelter" | "facility" | "streetlight";
                name: string;
                position: {
                    lat: number;
                    lon: number;
                } | null;
                /** By the headings of the list; empty ones left out */
                columns: {
                    [key: string]: string;
                };
            }[];
            next: string | null;
        };
    }>(`/api/v1/places${QS.query(QS.explode({
        tenant,
        kind,
        limit,
        cursor,
        format
    }))}`, {
        ...opts
    }));
}
/**
 * One public place; columns that are never published only with the right to publish
 */
export function getPlacesByTenantByKindById(tenant: string, kind: "wifi" | "shelter" | "facility" | "streetlight", id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** {tenant}/{kind}/{ID of the list} */
            id: string;
            tenant: string;
            /** Which list */
            kind: "wifi" | "shelter" | "facility" | "streetlight";
            name: string;
            position: {
                lat: number;
                lon: number;
            } | null;
            /** By the headings of the list; empty ones left out */
            columns: {
                [key: string]: string;
            };
        };
    }>(`/api/v1/places/${encodeURIComponent(tenant)}/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Takes a place out of the registry
 */
export function deletePlacesByTenantByKindById(tenant: string, kind: "wifi" | "shelter" | "facility" | "streetlight", id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/places/${encodeURIComponent(tenant)}/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * A list of places as CSV in the national form, published or not
 */
export function getPlacesExport(tenant: string, kind: "wifi" | "shelter" | "facility" | "streetlight", opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/places/export${QS.query(QS.explode({
        tenant,
        kind
    }))}`, {
        ...opts
    }));
}
/**
 * What somebody has decided about publishing series and lists; all else is not published
 */
export function getPublications(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Publications;
    }>("/api/v1/publications", {
        ...opts
    }));
}
/**
 * Publishes the readings of a series, or no longer; how late and how exactly
 */
export function putPublicationsSeriesById(id: string, seriesPublication: SeriesPublication, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: SeriesPublicationItem;
    }>(`/api/v1/publications/series/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: seriesPublication
    })));
}
/**
 * Publishes a list of places, or no longer
 */
export function putPublicationsListsByTenantByKind(tenant: string, kind: "wifi" | "shelter" | "facility" | "streetlight", body: {
    "public": boolean;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ListPublicationItem;
    }>(`/api/v1/publications/lists/${encodeURIComponent(tenant)}/${encodeURIComponent(kind)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body
    })));
}
/**
 * How full places are, and by what
 */
export function getCrowding({ format }: {
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: CrowdingDetail[];
        };
    }>(`/api/v1/crowding${QS.query(QS.explode({
        format
    }))}`, {
        ...opts
    }));
}
/**
 * Watches a place: by which access points and cameras, its capacity, and whether everybody may see it
 */
export function putCrowdingByTenantById(tenant: string, id: string, spotSettings: SpotSettings, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: CrowdingDetail;
    }>(`/api/v1/crowding/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: spotSettings
    })));
}
/**
 * Watches a place no longer, and forgets its counts
 */
export function deleteCrowdingByTenantById(tenant: string, id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/crowding/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Staff's counter: how many people are there, or how many came and left
 */
export function postCrowdingByTenantByIdCounts(tenant: string, id: string, countBody: CountBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: CrowdingDetail;
    }>(`/api/v1/crowding/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}/counts`, oazapfts.json({
        ...opts,
        method: "POST",
        body: countBody
    })));
}
/**
 * Says that a shelter is open, closed or full
 */
export function putCrowdingByTenantByIdState(tenant: string, id: string, body: {
    state: "open" | "closed" | "full";
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: CrowdingDetail;
    }>(`/api/v1/crowding/${encodeURIComponent(tenant)}/${encodeURIComponent(id)}/state`, oazapfts.json({
        ...opts,
        method: "PUT",
        body
    })));
}
/**
 * What a report may be
 */
export function getCitizenReportsForm(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ReportForm;
    }>("/api/v1/citizen-reports/form", {
        ...opts
    }));
}
/**
 * Reports something that is broken; nobody has to sign in
 */
export function postCitizenReports(newReport: NewReport, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PublicReport;
    } | {
        status: 201;
        data: PublicReport;
    }>("/api/v1/citizen-reports", oazapfts.json({
        ...opts,
        method: "POST",
        body: newReport
    })));
}
/**
 * Citizens' reports, newest first
 */
export function getCitizenReports({ state, kind, limit, cursor, format }: {
    state?: "open" | "closed" | "all";
    kind?: "road" | "street-light" | "other";
    limit?: number;
    cursor?: string;
    format?: "json" | "geojson";
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ReportsPage;
    }>(`/api/v1/citizen-reports${QS.query(QS.explode({
        state,
        kind,
        limit,
        cursor,
        format
    }))}`, {
        ...opts
    }));
}
/**
 * What became of a report, for whoever has its secret
 */
export function postCitizenReportsStatus(secretBody: SecretBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PublicReport;
    }>("/api/v1/citizen-reports/status", oazapfts.json({
        ...opts,
        method: "POST",
        body: secretBody
    })));
}
/**
 * Takes a report back: its text, its photos and how to reach the person are deleted at once
 */
export function postCitizenReportsWithdraw(secretBody: SecretBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PublicReport;
    }>("/api/v1/citizen-reports/withdraw", oazapfts.json({
        ...opts,
        method: "POST",
        body: secretBody
    })));
}
/**
 * Another photo in place of one that was left out of a report, for whoever has its secret
 */
export function postCitizenReportsPhoto(replacementBody: ReplacementBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PublicReport;
    }>("/api/v1/citizen-reports/photo", oazapfts.json({
        ...opts,
        method: "POST",
        body: replacementBody
    })));
}
/**
 * A citizen's report, with what happened to it and what was reported near it
 */
export function getCitizenReportsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ReportDetail;
    }>(`/api/v1/citizen-reports/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Says what is done about a report: looked at, mended, declined, or the same as another
 */
export function patchCitizenReportsById(id: string, reportChangeBody: ReportChangeBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ReportDetail;
    }>(`/api/v1/citizen-reports/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: reportChangeBody
    })));
}
/**
 * Deletes a report for good, with its photos; who did is on record
 */
export function deleteCitizenReportsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/citizen-reports/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Opens a work order for a report, which is mended when the order is
 */
export function postCitizenReportsByIdWorkOrder(id: string, reportOrderBody: ReportOrderBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: ReportDetail;
    }>(`/api/v1/citizen-reports/${encodeURIComponent(id)}/work-order`, oazapfts.json({
        ...opts,
        method: "POST",
        body: reportOrderBody
    })));
}
/**
 * Adds a photo to a citizen's report; what the camera wrote into it is left out
 */
export function postCitizenReportsByIdPhotos(id: string, body: {
    /** JPEG, PNG or WebP, base64 */
    photo: string;
    by?: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: {
            hash: string;
        };
    }>(`/api/v1/citizen-reports/${encodeURIComponent(id)}/photos`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * The photos of a citizen's report, oldest first
 */
export function getCitizenReportsByIdPhotos(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                hash: string;
                time: number;
                by: string | null;
            }[];
        };
    }>(`/api/v1/citizen-reports/${encodeURIComponent(id)}/photos`, {
        ...opts
    }));
}
/**
 * Takes a photo of a citizen's report away for good; who did is on record
 */
export function deleteCitizenReportsByIdPhotosByHash(id: string, hash: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/citizen-reports/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * A photo of a citizen's report, JPEG
 */
export function getCitizenReportsByIdPhotosByHash(id: string, hash: string, { small }: {
    small?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/citizen-reports/${encodeURIComponent(id)}/photos/${encodeURIComponent(hash)}${QS.query(QS.explode({
        small
    }))}`, {
        ...opts
    }));
}
/**
 * Flights, newest first; each with its footprint and the fields it saw
 */
export function getFlights({ gateway, site, limit }: {
    gateway?: string;
    site?: string;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: FlightItem[];
        };
    }>(`/api/v1/flights${QS.query(QS.explode({
        gateway,
        site,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * One flight with its images in the order of time
 */
export function getFlightsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: FlightDetail;
    }>(`/api/v1/flights/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The ground that a flight and each of its images show, as GeoJSON
 */
export function getFlightsByIdFootprint(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            "type": "FeatureCollection";
            features: {
                "type": "Feature";
                geometry: ({
                    "type": "Polygon";
                    coordinates: number[][][];
                } | {
                    "type": "Point";
                    /** [longitude, latitude], WGS84 */
                    coordinates: number[];
                }) | null;
                properties: {
                    [key: string]: any;
                };
            }[];
        };
    }>(`/api/v1/flights/${encodeURIComponent(id)}/footprint`, {
        ...opts
    }));
}
/**
 * Images, newest first
 */
export function getImages({ gateway, site, limit, flight }: {
    gateway?: string;
    site?: string;
    limit?: number;
    flight?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: ImageItem[];
        };
    }>(`/api/v1/images${QS.query(QS.explode({
        gateway,
        site,
        limit,
        flight
    }))}`, {
        ...opts
    }));
}
/**
 * What is known of an image
 */
export function getImagesById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ImageItem;
    }>(`/api/v1/images/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The image itself, as it left the camera
 */
export function getImagesByIdFile(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/images/${encodeURIComponent(id)}/file`, {
        ...opts
    }));
}
/**
 * A WebP of at most 480 px, upright
 */
export function getImagesByIdThumbnail(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/images/${encodeURIComponent(id)}/thumbnail`, {
        ...opts
    }));
}
/**
 * A gateway or device is in place, as its engineer signs it off
 */
export function postInstallations(installationBody: InstallationBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: InstallationItem;
    } | {
        status: 201;
        data: InstallationItem;
    }>("/api/v1/installations", oazapfts.json({
        ...opts,
        method: "POST",
        body: installationBody
    })));
}
/**
 * What was put in place, newest first
 */
export function getInstallations({ gateway, limit }: {
    gateway?: string;
    limit?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: InstallationItem[];
        };
    }>(`/api/v1/installations${QS.query(QS.explode({
        gateway,
        limit
    }))}`, {
        ...opts
    }));
}
/**
 * One installation, with its checks and the record that its gateway signed
 */
export function getInstallationsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: InstallationDetail;
    }>(`/api/v1/installations/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * The photo of an installation, JPEG
 */
export function getInstallationsByIdPhoto(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/installations/${encodeURIComponent(id)}/photo`, {
        ...opts
    }));
}
/**
 * Takes the photo of an installation away for good; who did is on record
 */
export function deleteInstallationsByIdPhoto(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/installations/${encodeURIComponent(id)}/photo`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Roll-outs, newest first
 */
export function getDeployments(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: RolloutItem[];
        };
    }>("/api/v1/deployments", {
        ...opts
    }));
}
/**
 * Begins a roll-out: signed desired states, in waves, halted by itself when too many fail
 */
export function postDeployments(newRolloutBody: NewRolloutBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: RolloutItem;
    }>("/api/v1/deployments", oazapfts.json({
        ...opts,
        method: "POST",
        body: newRolloutBody
    })));
}
/**
 * One roll-out
 */
export function getDeploymentsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RolloutItem;
    }>(`/api/v1/deployments/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Nobody further gets it, until it is resumed
 */
export function postDeploymentsByIdHalt(id: string, body: {
    /** Who asks, for the audit */
    by: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RolloutItem;
    }>(`/api/v1/deployments/${encodeURIComponent(id)}/halt`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Goes on; the failures so far are accepted
 */
export function postDeploymentsByIdResume(id: string, body: {
    /** Who asks, for the audit */
    by: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RolloutItem;
    }>(`/api/v1/deployments/${encodeURIComponent(id)}/resume`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Ends it for good; gateways that have the set keep it
 */
export function postDeploymentsByIdAbort(id: string, body: {
    /** Who asks, for the audit */
    by: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: RolloutItem;
    }>(`/api/v1/deployments/${encodeURIComponent(id)}/abort`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * What each gateway runs, and what became of what it was offered last
 */
export function getDeploymentsGateways({ gateway }: {
    gateway?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: GatewaySets[];
        };
    }>(`/api/v1/deployments/gateways${QS.query(QS.explode({
        gateway
    }))}`, {
        ...opts
    }));
}
/**
 * The revision that a new document for these gateways must have
 */
export function getDeploymentsNextRevision(gateways: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            revision: number;
        };
    }>(`/api/v1/deployments/next-revision${QS.query(QS.explode({
        gateways
    }))}`, {
        ...opts
    }));
}
/**
 * Who decided what, newest first
 */
export function getDeploymentsAudit(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: AuditItem[];
        };
    }>("/api/v1/deployments/audit", {
        ...opts
    }));
}
/**
 * Sites, newest readings, open alarms and gateways of one moment
 */
export function getNow(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: CityNow;
    }>("/api/v1/now", {
        ...opts
    }));
}
/**
 * Readings, alarms, events and gateways as they happen (Server-Sent Events)
 */
export function getStream({ series, site, lastEventId }: {
    series?: string;
    site?: string;
    lastEventId?: string;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/stream${QS.query(QS.explode({
        series,
        site,
        lastEventId
    }))}`, {
        ...opts
    }));
}
/**
 * Signs in with a password; 401 sign-in.second-factor asks for `code` too
 */
export function postSession(signInBody: SignInBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Me;
    }>("/api/v1/session", oazapfts.json({
        ...opts,
        method: "POST",
        body: signInBody
    })));
}
/**
 * Who is signed in, and what they may do
 */
export function getSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Me;
    }>("/api/v1/session", {
        ...opts
    }));
}
/**
 * Signs out
 */
export function deleteSession(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>("/api/v1/session", {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Sets a password by a one-time link, and signs in
 */
export function postSessionLink(linkBody: LinkBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Me;
    }>("/api/v1/session/link", oazapfts.json({
        ...opts,
        method: "POST",
        body: linkBody
    })));
}
/**
 * Where one is signed in
 */
export function getSessions(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: SessionItem[];
        };
    }>("/api/v1/sessions", {
        ...opts
    }));
}
/**
 * Ends one sign-in; `others`: all but this one
 */
export function deleteSessionsById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>(`/api/v1/sessions/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * One's own name and language
 */
export function patchMe(body: {
    name?: string;
    language?: "ja" | "en";
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Me;
    }>("/api/v1/me", oazapfts.json({
        ...opts,
        method: "PATCH",
        body
    })));
}
/**
 * Another password; other sign-ins end
 */
export function postMePassword(body: {
    now: string;
    next: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>("/api/v1/me/password", oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Offers a secret for an authenticator
 */
export function postMeTotp(confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            secret: string;
            /** otpauth://, for a QR code */
            uri: string;
        };
    }>("/api/v1/me/totp", oazapfts.json({
        ...opts,
        method: "POST",
        body: confirmBody
    })));
}
/**
 * No authenticator any more
 */
export function deleteMeTotp(confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>("/api/v1/me/totp", oazapfts.json({
        ...opts,
        method: "DELETE",
        body: confirmBody
    })));
}
/**
 * Its first code: from now on a code is asked for at each sign-in. Recovery codes are shown this once
 */
export function postMeTotpConfirm(codeBody: CodeBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            codes: string[];
        };
    }>("/api/v1/me/totp/confirm", oazapfts.json({
        ...opts,
        method: "POST",
        body: codeBody
    })));
}
/**
 * New recovery codes, shown this once; the earlier ones are void
 */
export function postMeRecoveryCodes(confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            codes: string[];
        };
    }>("/api/v1/me/recovery-codes", oazapfts.json({
        ...opts,
        method: "POST",
        body: confirmBody
    })));
}
/**
 * What a browser asks its passkeys for (navigator.credentials.get); good once, for five minutes
 */
export function postSessionPasskeyOptions(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            ticket: string;
            /** For the browser, as WebAuthn Level 3 has it */
            options: {
                [key: string]: any;
            };
        };
    }>("/api/v1/session/passkey/options", {
        ...opts,
        method: "POST"
    }));
}
/**
 * Signs in with the answer of a passkey
 */
export function postSessionPasskey(body: {
    /** From the options */
    ticket: string;
    response: {
        id: string;
        rawId: string;
        "type": string;
        response: {
            [key: string]: any;
        };
    };
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: Me;
    }>("/api/v1/session/passkey", oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * What a browser makes a passkey from (navigator.credentials.create); good once, for five minutes
 */
export function postMePasskeysOptions(confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            ticket: string;
            /** For the browser, as WebAuthn Level 3 has it */
            options: {
                [key: string]: any;
            };
        };
    }>("/api/v1/me/passkeys/options", oazapfts.json({
        ...opts,
        method: "POST",
        body: confirmBody
    })));
}
/**
 * Keeps a new passkey. With the first second factor come recovery codes, shown this once
 */
export function postMePasskeys(body: {
    /** From the options */
    ticket: string;
    name: string;
    response: {
        id: string;
        rawId: string;
        "type": string;
        response: {
            [key: string]: any;
        };
    };
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: NewPasskey;
    }>("/api/v1/me/passkeys", oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * One's own passkeys
 */
export function getMePasskeys(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: PasskeyItem[];
        };
    }>("/api/v1/me/passkeys", {
        ...opts
    }));
}
/**
 * Another name for a passkey
 */
export function patchMePasskeysById(id: string, body: {
    name: string;
}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PasskeyItem;
    }>(`/api/v1/me/passkeys/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body
    })));
}
/**
 * Removes a passkey; the last way to sign in stays
 */
export function deleteMePasskeysById(id: string, confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>(`/api/v1/me/passkeys/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "DELETE",
        body: confirmBody
    })));
}
/**
 * Where a browser goes to sign in at the identity provider; with `link`, an invitation is accepted there
 */
export function postSessionProvider(providerBody: ProviderBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            location: string;
        };
    }>("/api/v1/session/provider", oazapfts.json({
        ...opts,
        method: "POST",
        body: providerBody
    })));
}
/**
 * Where the identity provider sends the browser back: on to the page, or to /sign-in?fault=CODE
 */
export function getSessionProviderCallback(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText("/api/v1/session/provider/callback", {
        ...opts
    }));
}
/**
 * One's own accounts at identity providers
 */
export function getMeProvider(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                issuer: string;
                linkedAt: number;
            }[];
        };
    }>("/api/v1/me/provider", {
        ...opts
    }));
}
/**
 * Where a browser goes to link the account at the identity provider with the person who is signed in
 */
export function postMeProvider(providerLinkBody: ProviderLinkBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            location: string;
        };
    }>("/api/v1/me/provider", oazapfts.json({
        ...opts,
        method: "POST",
        body: providerLinkBody
    })));
}
/**
 * Unlinks it; the last way to sign in stays
 */
export function deleteMeProvider(confirmBody: ConfirmBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>("/api/v1/me/provider", oazapfts.json({
        ...opts,
        method: "DELETE",
        body: confirmBody
    })));
}
/**
 * Tenants that one may see
 */
export function getTenants(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: TenantItem[];
        };
    }>("/api/v1/tenants", {
        ...opts
    }));
}
/**
 * A new tenant
 */
export function postTenants(tenantBody: TenantBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: TenantItem;
    }>("/api/v1/tenants", oazapfts.json({
        ...opts,
        method: "POST",
        body: tenantBody
    })));
}
/**
 * Another name or kind of a tenant
 */
export function putTenantsById(id: string, tenantChange: TenantChange, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: TenantItem;
    }>(`/api/v1/tenants/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PUT",
        body: tenantChange
    })));
}
/**
 * Persons of the tenants that one may see
 */
export function getPeople(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: PersonItem[];
        };
    }>("/api/v1/people", {
        ...opts
    }));
}
/**
 * A new person; the link lets them set a password, once and within a day
 */
export function postPeople(personBody: PersonBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: NewPerson;
    }>("/api/v1/people", oazapfts.json({
        ...opts,
        method: "POST",
        body: personBody
    })));
}
/**
 * One person
 */
export function getPeopleById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PersonItem;
    }>(`/api/v1/people/${encodeURIComponent(id)}`, {
        ...opts
    }));
}
/**
 * Changes a person; memberships in tenants that the asker may not manage stay as they are
 */
export function patchPeopleById(id: string, personChange: PersonChange, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: PersonItem;
    }>(`/api/v1/people/${encodeURIComponent(id)}`, oazapfts.json({
        ...opts,
        method: "PATCH",
        body: personChange
    })));
}
/**
 * Removes a person, with all they sign in with
 */
export function deletePeopleById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>(`/api/v1/people/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * Voids password, second factors and sign-ins; the link lets the person begin anew
 */
export function postPeopleByIdReset(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            /** A secret, good once until `expiresAt`: /sign-in#link=… */
            link: string;
            expiresAt: number;
        };
    }>(`/api/v1/people/${encodeURIComponent(id)}/reset`, {
        ...opts,
        method: "POST"
    }));
}
/**
 * One's own tokens; admins of the city see all
 */
export function getTokens(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: TokenItem[];
        };
    }>("/api/v1/tokens", {
        ...opts
    }));
}
/**
 * A token for a program; it may never do more than its person
 */
export function postTokens(tokenBody: TokenBody, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 201;
        data: NewTokenItem;
    }>("/api/v1/tokens", oazapfts.json({
        ...opts,
        method: "POST",
        body: tokenBody
    })));
}
/**
 * Revokes a token
 */
export function deleteTokensById(id: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 204;
        data: any;
    }>(`/api/v1/tokens/${encodeURIComponent(id)}`, {
        ...opts,
        method: "DELETE"
    }));
}
/**
 * What was done, newest first
 */
export function getAudit({ limit, before, person, about, $from, to }: {
    limit?: number;
    before?: number;
    person?: string;
    about?: string;
    $from?: number;
    to?: number;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: {
            items: {
                sequence: number;
                time: number;
                who: string;
                action: string;
                subject: string;
                tenant: string | null;
                remote: string | null;
                detail: {
                    [key: string]: any;
                };
                hash: string;
            }[];
            next: number | null;
        };
    }>(`/api/v1/audit${QS.query(QS.explode({
        limit,
        before,
        person,
        about,
        "from": $from,
        to
    }))}`, {
        ...opts
    }));
}
/**
 * Whether the log is whole: read from its first row on
 */
export function getAuditCheck(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: AuditCheck;
    }>("/api/v1/audit/check", {
        ...opts
    }));
}
/**
 * The audit log as lines of JSON, oldest first
 */
export function getAuditJsonl(opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText("/api/v1/audit.jsonl", {
        ...opts
    }));
}
/**
 * Takes places from a CSV file of the old or current edition, and tells what it repaired
 */
export function postPlacesImport(tenant: string, kind: "wifi" | "shelter" | "facility" | "streetlight", body: {
    csv: string;
}, { replace, check }: {
    replace?: boolean;
    check?: boolean;
} = {}, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchJson<{
        status: 200;
        data: ImportReport;
    }>(`/api/v1/places/import${QS.query(QS.explode({
        tenant,
        kind,
        replace,
        check
    }))}`, oazapfts.json({
        ...opts,
        method: "POST",
        body
    })));
}
/**
 * Uploads an artefact under its sha-256
 */
export function putArtefactsBySha256(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/artefacts/${encodeURIComponent(sha256)}`, {
        ...opts,
        method: "PUT"
    }));
}
/**
 * Whether one has uploaded an artefact that is at the hub
 */
export function getArtefactsBySha256(sha256: string, opts?: Oazapfts.RequestOpts) {
    return oazapfts.ok(oazapfts.fetchText(`/api/v1/artefacts/${encodeURIComponent(sha256)}`, {
        ...opts
    }));
}

/** Gives realistic large answers: mappings of a zone with origins in four clouds, and the supported regions. */

/** The first numbers of each vendor's IPv4 blocks, and the first part of its IPv6 addresses. */
const BLOCKS: Readonly<Record<string, readonly [ipv4: readonly number[], ipv6: string]>> = {
	aws: [[3, 18, 34, 44, 52, 54], '2600:1f18:43a2:9e'],
	azure: [[13, 20, 40, 52], '2603:1030:c02:8'],
	gcp: [[34, 35, 104], '2600:1900:4000:d3'],
	oci: [[129, 132, 140, 152], '2603:c020:400d:7f'],
};

/** The regions of the origins, which the sandbox has too, and how many origins each has. */
const PLACES: readonly (readonly [vendor: string, region: string, origins: number])[] = [
	['aws', 'us-east-1', 18],
	['aws', 'us-west-2', 12],
	['aws', 'eu-west-1', 11],
	['aws', 'ap-southeast-1', 8],
	['azure', 'eastus', 14],
	['azure', 'westeurope', 9],
	['gcp', 'us-central1', 12],
	['gcp', 'europe-west1', 9],
	['oci', 'us-ashburn-1', 4],
	['oci', 'eu-frankfurt-1', 3],
];

/** Spreads numbers as in addresses assigned over years. The result is the same in every run. */
const scatter = (at: number, factor: number) => (at * factor + 17) % 251;

function addressOf(vendor: string, at: number): string {
	const [ipv4, ipv6] = BLOCKS[vendor] ?? [[198], '2001:db8:0:'];
	if (at % 12 === 5)
		return `${ipv6}${scatter(at, 7).toString(16)}:${(scatter(at, 89) + 4_096).toString(16)}::${at + 1}`;
	return [ipv4[(at * 5) % ipv4.length], scatter(at, 37), scatter(at, 101), scatter(at, 173) + 1].join('.');
}

/** 100 mappings as GET …/cloud_regions lists them. */
export const MAPPINGS = PLACES.flatMap(([vendor, region, origins]) =>
	Array.from({ length: origins }, () => ({ vendor, region })),
).map(({ vendor, region }, at) => ({
	origin_ip: addressOf(vendor, at),
	vendor,
	region,
	modified_on: `2026-08-${10 + (at % 20)}T09:${10 + (at % 50)}:42.518203Z`,
}));

/** Regions by the vendors' own names. The data centres are close ones: Cloudflare does not publish its own choice. */
const REGIONS: Readonly<Record<string, string>> = {
	aws: `af-south-1:CPT,JNB ap-east-1:HKG ap-northeast-1:NRT,KIX ap-northeast-2:ICN ap-northeast-3:KIX,NRT
		ap-south-1:BOM,DEL,MAA ap-south-2:HYD,BOM ap-southeast-1:SIN ap-southeast-2:SYD,MEL ap-southeast-3:CGK,SIN
		ca-central-1:YUL,YYZ ca-west-1:YYC,SEA eu-central-1:FRA,AMS eu-central-2:ZRH,FRA eu-north-1:ARN,CPH
		eu-south-1:MXP,ZRH eu-west-1:DUB,LHR eu-west-2:LHR eu-west-3:CDG il-central-1:TLV me-south-1:BAH,DXB
		sa-east-1:GRU us-east-1:IAD,EWR us-east-2:CMH,ORD,IAD us-west-1:SJC,LAX us-west-2:SEA`,
	azure: `australiaeast:SYD brazilsouth:GRU,GIG canadacentral:YYZ canadaeast:YUL centralindia:BOM,HYD centralus:DSM,ORD
		eastasia:HKG eastus:IAD,EWR eastus2:IAD,RIC francecentral:CDG germanywestcentral:FRA japaneast:NRT,KIX
		koreacentral:ICN northcentralus:ORD northeurope:DUB norwayeast:OSL,ARN southafricanorth:JNB
		southcentralus:DFW,SAT,IAH southeastasia:SIN,KUL swedencentral:ARN uksouth:LHR westeurope:AMS,FRA westus2:SEA`,
	gcp: `africa-south1:JNB asia-east1:TPE,HKG asia-east2:HKG asia-northeast1:NRT asia-northeast3:ICN asia-south1:BOM,DEL
		asia-southeast1:SIN australia-southeast1:SYD,MEL europe-north1:HEL,ARN europe-west1:BRU,AMS,CDG europe-west2:LHR,MAN
		europe-west3:FRA europe-west9:CDG me-west1:TLV northamerica-northeast1:YUL,YYZ southamerica-east1:GRU
		us-central1:ORD,MCI us-east1:ATL,CLT us-east4:IAD us-west1:PDX,SEA`,
	oci: `ap-mumbai-1:BOM,MAA ap-seoul-1:ICN ap-sydney-1:SYD ap-tokyo-1:NRT,KIX ca-toronto-1:YYZ eu-amsterdam-1:AMS
		eu-frankfurt-1:FRA sa-saopaulo-1:GRU uk-london-1:LHR us-ashburn-1:IAD,EWR us-phoenix-1:PHX,LAX`,
};

function readRegion(text: string) {
	const [name = '', colos = ''] = text.split(':');
	return { name, upper_tier_colos: colos.split(',') };
}

/** 80 regions as GET …/supported_regions lists them. */
export const SUPPORTED = {
	obtained_codes: true,
	vendors: Object.fromEntries(
		Object.entries(REGIONS).map(([vendor, text]) => [vendor, text.split(/\s+/).map(readRegion)]),
	),
};

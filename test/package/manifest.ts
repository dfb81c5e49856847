/** Reads the Kubernetes manifest, and holds each of its objects against the types of Kubernetes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as apps from 'kubernetes-models/apps/v1';
import * as networking from 'kubernetes-models/networking.k8s.io/v1';
import * as policy from 'kubernetes-models/policy/v1';
import * as core from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import { ROOT } from './folder.js';

/** An object of Kubernetes, before it was checked. */
export interface KubernetesObject {
	readonly apiVersion: string;
	readonly kind: string;
	readonly metadata: { readonly name: string; readonly namespace?: string };
}

interface Model {
	readonly prototype: { validate(): void };
}

const MODELS: Readonly<Record<string, Readonly<Record<string, Model>>>> = {
	v1: { Namespace: core.Namespace, Service: core.Service },
	'apps/v1': { Deployment: apps.Deployment, StatefulSet: apps.StatefulSet },
	'networking.k8s.io/v1': { NetworkPolicy: networking.NetworkPolicy },
	'policy/v1': { PodDisruptionBudget: policy.PodDisruptionBudget },
};

/** The objects of deploy/kubernetes.yaml, in order. Throws where the file is not well-formed YAML. */
export function readManifest(): readonly KubernetesObject[] {
	return parseAllDocuments(readFileSync(join(ROOT, 'deploy/kubernetes.yaml'), 'utf8')).map((document) => {
		for (const error of document.errors) throw error;
		return document.toJS() as KubernetesObject;
	});
}

/** What is wrong with an object: values of the wrong type, fields that are missing, and fields that Kubernetes does not know. */
export function findFaults(object: KubernetesObject): readonly string[] {
	const model = MODELS[object.apiVersion]?.[object.kind];
	if (!model) return [`${object.apiVersion} ${object.kind} is not known`];
	const recorder = new ReadRecorder();
	try {
		model.prototype.validate.call(recorder.watch(object, ''));
	} catch (error) {
		return [error instanceof Error ? error.message : String(error)];
	}
	return recorder.unread().map((path) => `${path} is not known`);
}

/** Records which fields of an object are read. A validator reads each field that its type has, and passes over the others. */
class ReadRecorder {
	private readonly watched: { path: string; value: object; read: ReadonlyMap<PropertyKey, unknown> }[] = [];

	watch(value: unknown, path: string): unknown {
		if (typeof value !== 'object' || value === null) return value;
		const read = new Map<PropertyKey, unknown>();
		this.watched.push({ path, value, read });
		return new Proxy(value, {
			get: (target, key) => {
				if (!read.has(key)) read.set(key, this.watch(Reflect.get(target, key), `${path}/${String(key)}`));
				return read.get(key);
			},
		});
	}

	/** Paths of the fields that were not read. */
	unread(): readonly string[] {
		return this.watched.flatMap(({ path, value, read }) =>
			Object.keys(value)
				.filter((key) => !read.has(key))
				.map((key) => `${path}/${key}`),
		);
	}
}

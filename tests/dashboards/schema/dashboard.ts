// A provisioned dashboard of ours, as a type: @grafana/schema's, with its enums as the JSON spells them, and with the options of
// each kind of panel instead of "any object". What the schema leaves to plugins (Prometheus' queries) is spelled here.
import type {
  AnnotationQuery, Dashboard, DataQuery, FieldConfig, FieldConfigSource, Panel, RowPanel, TableFieldOptions, TableOptions,
} from '@grafana/schema';
import type * as stat from '@grafana/schema/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as timeline from '@grafana/schema/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as timeseries from '@grafana/schema/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';

// JSON has no enums: Colour.Red = 'red' is written "red".
type Json<T> = T extends string ? (string extends T ? string : `${T}`)
  : T extends Array<infer E> ? Array<Json<E>>
  : T extends object ? {[K in keyof T]: Json<T[K]>}
  : T;

interface PrometheusQuery extends DataQuery {
  editorMode: 'code';
  expr: string;
  format: 'table' | 'time_series';
  instant: boolean;
  interval?: string;
  legendFormat: string;
  range: boolean;
}

interface PrometheusAnnotation {
  expr?: string;
  step?: string;
  tagKeys?: string;
  textFormat?: string;
  titleFormat?: string;
  useValueForTime?: boolean;
}

type Of<Kind, Options, Custom> = Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
  type: Kind;
  options: Options;
  targets: PrometheusQuery[];
  fieldConfig: Omit<FieldConfigSource, 'defaults'> & {defaults: Omit<FieldConfig, 'custom'> & {custom?: Custom}};
};

type AnyPanel =
  | RowPanel
  | Of<'stat', stat.Options, never>
  | Of<'state-timeline', timeline.Options, timeline.FieldConfig>
  | Of<'table', TableOptions, TableFieldOptions>
  | Of<'timeseries', timeseries.Options, timeseries.FieldConfig>;

export type DashboardJson = Json<Omit<Dashboard, 'panels' | 'annotations'> & {
  panels: AnyPanel[];
  annotations: {list: Array<AnnotationQuery & PrometheusAnnotation>};
}>;

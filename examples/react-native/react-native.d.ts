/** As much of React Native as the screen uses, so that it compiles here, where React Native is not installed. */
declare module "react-native" {
  import type { ReactElement, ReactNode } from "react";

  type View<Props = unknown> = (props: Props & { children?: ReactNode }) => ReactElement;

  export const View: View<{ style?: object }>;
  export const Text: View<{ style?: object }>;
  export const Button: View<{ title: string; onPress(): void; disabled?: boolean }>;
  export const TextInput: View<{
    value: string;
    onChangeText(text: string): void;
    onSubmitEditing?(): void;
    placeholder?: string;
  }>;
  export function FlatList<Item>(props: {
    data: readonly Item[];
    inverted?: boolean;
    keyExtractor(item: Item): string;
    renderItem(info: { item: Item }): ReactElement | null;
    onEndReached?(): void;
  }): ReactElement;

  export type AppStateStatus = "active" | "background" | "inactive" | "unknown" | "extension";
  export const AppState: {
    addEventListener(type: "change", listener: (state: AppStateStatus) => void): { remove(): void };
  };
}

declare module "@react-native-async-storage/async-storage" {
  const AsyncStorage: {
    getItem(key: string): Promise<string | null>;
    setItem(key: string, value: string): Promise<void>;
  };
  export default AsyncStorage;
}

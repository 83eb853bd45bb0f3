#!/usr/bin/env bash
# A Kafka broker at a pinned version from Maven Central, into build/tools/kafka; nothing is done when it is there, and nothing without
# Maven and Java 17 or later: the suite then says by name what it skips.
#
# SPDX-License-Identifier: PostgreSQL
set -euo pipefail
cd "$(dirname "$0")/../../.."

folder=$PWD/build/tools/kafka
[ ! -e "$folder/complete" ] && command -v mvn java >/dev/null || exit 0
mkdir -p "$folder"
cat >"$folder/pom.xml" <<'POM'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>portarium.test</groupId>
  <artifactId>kafka</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>org.apache.kafka</groupId>
      <artifactId>kafka_2.13</artifactId>
      <version>4.1.2</version>
    </dependency>
  </dependencies>
</project>
POM
mvn -q -B -f "$folder/pom.xml" dependency:copy-dependencies -DoutputDirectory="$folder/lib" -DincludeScope=runtime </dev/null
java -cp "$folder/lib/*" kafka.tools.StorageTool random-uuid >"$folder/complete"

# A network whose private subnets know no route but to the listed networks, by one NAT gateway; the provider's own services are reached by
# endpoints inside it. The gateway's subnet passes the listed ports only. Databases have subnets without any route.
# SPDX-License-Identifier: PostgreSQL

locals {
  zones    = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  services = toset(["ec2", "ecr.api", "ecr.dkr", "eks", "kms", "logs", "sts"])
  ways_out = { for pair in setproduct(var.settings.egress_cidrs, var.settings.egress_ports) : "${pair[0]}:${pair[1]}" => { cidr = pair[0], port = pair[1] } }
}

resource "aws_vpc" "this" {
  cidr_block           = var.settings.cidr
  enable_dns_hostnames = true
  tags                 = { Name = var.name }
}

resource "aws_default_security_group" "closed" {
  vpc_id = aws_vpc.this.id
}

resource "aws_subnet" "private" {
  count                   = 3
  vpc_id                  = aws_vpc.this.id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(var.settings.cidr, 3, count.index)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-private-${count.index}" }
}

resource "aws_subnet" "database" {
  count                   = 3
  vpc_id                  = aws_vpc.this.id
  availability_zone       = local.zones[count.index]
  cidr_block              = cidrsubnet(var.settings.cidr, 3, count.index + 3)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-database-${count.index}" }
}

resource "aws_subnet" "gateway" {
  vpc_id                  = aws_vpc.this.id
  availability_zone       = local.zones[0]
  cidr_block              = cidrsubnet(var.settings.cidr, 3, 6)
  map_public_ip_on_launch = false
  tags                    = { Name = "${var.name}-gateway" }
}

resource "aws_internet_gateway" "this" {
  vpc_id = aws_vpc.this.id
}

resource "aws_eip" "nat" {
  domain = "vpc"
}

resource "aws_nat_gateway" "this" {
  allocation_id = aws_eip.nat.id
  subnet_id     = aws_subnet.gateway.id
  depends_on    = [aws_internet_gateway.this]
}

resource "aws_route_table" "gateway" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table" "private" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route_table" "database" {
  vpc_id = aws_vpc.this.id
}

resource "aws_route" "out" {
  for_each               = toset(var.settings.egress_cidrs)
  route_table_id         = aws_route_table.gateway.id
  destination_cidr_block = each.value
  gateway_id             = aws_internet_gateway.this.id
}

resource "aws_route" "to_nat" {
  for_each               = toset(var.settings.egress_cidrs)
  route_table_id         = aws_route_table.private.id
  destination_cidr_block = each.value
  nat_gateway_id         = aws_nat_gateway.this.id
}

resource "aws_route_table_association" "gateway" {
  route_table_id = aws_route_table.gateway.id
  subnet_id      = aws_subnet.gateway.id
}

resource "aws_route_table_association" "private" {
  count          = 3
  route_table_id = aws_route_table.private.id
  subnet_id      = aws_subnet.private[count.index].id
}

resource "aws_route_table_association" "database" {
  count          = 3
  route_table_id = aws_route_table.database.id
  subnet_id      = aws_subnet.database[count.index].id
}

resource "aws_network_acl" "gateway" {
  vpc_id     = aws_vpc.this.id
  subnet_ids = [aws_subnet.gateway.id]
}

resource "aws_network_acl_rule" "inside" {
  for_each       = { in = false, out = true }
  network_acl_id = aws_network_acl.gateway.id
  egress         = each.value
  rule_number    = 100
  rule_action    = "allow"
  protocol       = "-1"
  cidr_block     = var.settings.cidr
}

resource "aws_network_acl_rule" "out" {
  for_each       = local.ways_out
  network_acl_id = aws_network_acl.gateway.id
  egress         = true
  rule_number    = 200 + index(keys(local.ways_out), each.key)
  rule_action    = "allow"
  protocol       = "tcp"
  cidr_block     = each.value.cidr
  from_port      = each.value.port
  to_port        = each.value.port
}

# A network ACL knows no connections: answers come to the ports that connections begin at.
resource "aws_network_acl_rule" "answers" {
  for_each       = toset(var.settings.egress_cidrs)
  network_acl_id = aws_network_acl.gateway.id
  egress         = false
  rule_number    = 200 + index(sort(var.settings.egress_cidrs), each.key)
  rule_action    = "allow"
  protocol       = "tcp"
  cidr_block     = each.value
  from_port      = 1024
  to_port        = 65535
}

resource "aws_security_group" "endpoints" {
  name   = "${var.name}-endpoints"
  vpc_id = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  cidr_ipv4         = var.settings.cidr
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_vpc_endpoint" "service" {
  for_each            = local.services
  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${var.region}.${each.value}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = aws_subnet.private[*].id
  security_group_ids  = [aws_security_group.endpoints.id]
}

# The store of objects answers with addresses of its own, outside of the network; its endpoint is a route.
resource "aws_vpc_endpoint" "objects" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${var.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
}
